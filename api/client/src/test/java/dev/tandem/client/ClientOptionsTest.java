package dev.tandem.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientOptionsTest {
    private static ClientOptions from(String address) {
        return ClientOptions.fromEnvironment(Map.of(ClientOptions.ADDRESS_VARIABLE, address));
    }

    @Test
    void environment_empty_givesTheDefaults() {
        assertThat(ClientOptions.fromEnvironment(Map.of())).isEqualTo(ClientOptions.DEFAULT);
        assertThat(ClientOptions.DEFAULT.address()).isEqualTo("127.0.0.1:7420");
    }

    @Test
    void environment_addressAndNamespace_areTaken() {
        ClientOptions options = ClientOptions.fromEnvironment(
                Map.of(ClientOptions.ADDRESS_VARIABLE, "sidecar:99", ClientOptions.NAMESPACE_VARIABLE, "shop"));

        assertThat(options.host()).isEqualTo("sidecar");
        assertThat(options.port()).isEqualTo(99);
        assertThat(options.namespace()).isEqualTo("shop");
        assertThat(from("[::1]:7420").host()).isEqualTo("::1");
        assertThat(from("[::1]:7420").address()).isEqualTo("[::1]:7420");
        assertThat(from("unix:///run/t.sock").unixSocket()).isEqualTo(Path.of("/run/t.sock"));
        assertThat(from("unix:///run/t.sock").address()).isEqualTo("unix:///run/t.sock");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sidecar",
                ":1",
                "a:",
                "a:b",
                "a:0",
                "a:65536",
                "a:999999",
                "::1:7420",
                "unix://t.sock",
                "http://a:1"
            })
    void address_malformed_isRefusedWithASentence(String address) {
        assertThatIllegalArgumentException().isThrownBy(() -> from(address)).withMessageMatching(".*\\w.*");
    }

    @Test
    void timeout_outOfBounds_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> ClientOptions.DEFAULT.withCallTimeout(Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.DEFAULT.withCallTimeout(Duration.ofDays(2)));
    }
}
