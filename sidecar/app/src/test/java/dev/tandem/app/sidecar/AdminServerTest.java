package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminServerTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, true",
        "127.8.8.8, 127.0.0.1, true",
        "::1, ::1, true",
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.2, 10.0.0.1, false",
        "fe80::2, fe80::1, false",
        "128.0.0.1, 127.0.0.1, false",
        "a.name, 127.0.0.1, false",
    })
    void isFromHere_eachCaller_isTheMachineItselfOrNot(String remote, String local, boolean expected) {
        assertThat(AdminServer.isFromHere(remote, local)).isEqualTo(expected);
    }
}
