package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogLinesTest {
    @Test
    void json_anyText_isOneLineThatParses() {
        String line = new JsonLines().doLayout(event("a \"quote\", a\nnew line, \u0007 and ünïcödé"));

        assertThat(line).endsWith("}\n").hasLineCount(1);
        JsonObject json = new JsonObject(line);
        assertThat(json.getString("message")).isEqualTo("a \"quote\", a\nnew line, \u0007 and ünïcödé");
        assertThat(json.getString("level")).isEqualTo("warn");
        assertThat(json.getString("logger")).isEqualTo("dev.tandem.Some");
        assertThat(json.getString("port")).isEqualTo("7420");
        assertThat(json.getString("error"))
                .contains("IllegalStateException: oops")
                .contains("LogLinesTest");
        assertThat(Instant.parse(json.getString("time"))).isBefore(Instant.now().plusMillis(1));
    }

    @Test
    void text_event_isALineAndItsStack() {
        String text = new TextLines().doLayout(event("listening"));

        assertThat(text.lines().findFirst().orElseThrow())
                .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN  listening port=7420  \\[Some]");
        assertThat(text).contains("IllegalStateException: oops");
    }

    private static LoggingEvent event(String message) {
        LoggingEvent event = new LoggingEvent(
                "",
                new LoggerContext().getLogger("dev.tandem.Some"),
                Level.WARN,
                message,
                new IllegalStateException("oops"),
                null);
        event.addKeyValuePair(new KeyValuePair("port", 7420));
        return event;
    }
}
