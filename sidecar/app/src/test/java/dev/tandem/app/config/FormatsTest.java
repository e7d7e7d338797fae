package dev.tandem.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatsTest {
    @ParameterizedTest
    @CsvSource({"0s,0", "5ms,5", "30s,30000", "1.5s,1500", "1m30s,90000", "2h,7200000", "1d,86400000"})
    void parseDuration_wellFormed_isThatLong(String text, long millis) {
        assertThat(Formats.parseDuration(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "5", "-5s", "5 s", "5x", "s5", "1m 30s", "1..5s", "9999999999999d", "٣s"})
    void parseDuration_malformed_isNone(String text) {
        assertThat(Formats.parseDuration(text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "1ms", "1s", "90s", "5m", "2h", "3d", "36h"})
    void show_anyDuration_isReadBackAsTheSame(String text) {
        assertThat(Formats.show(Formats.parseDuration(text))).isEqualTo(text);
    }

    @Test
    void hostPort_ipv6_isWrittenInBrackets() throws BadValue {
        HostPort parsed = Formats.hostPort().read("[::1]:7420");

        assertThat(parsed).isEqualTo(new HostPort("::1", 7420)).hasToString("[::1]:7420");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":1", "h:", "h:x", "h:65536", "h:-1", "::1:1", "h:1:2", "h h:1"})
    void hostPort_malformed_isNone(String text) throws BadValue {
        assertThat(Formats.hostPort().parser().parse(text)).isNull();
    }
}
