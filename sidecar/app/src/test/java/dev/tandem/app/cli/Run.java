package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one command of the program did, run within this process.
 *
 * @param out what it wrote to stdout
 * @param err what it wrote to stderr
 */
record Run(int code, String out, String err) {
    static Run of(Map<String, String> environment, String stdin, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Cli.run(
                new Terminal(
                        new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        new HashMap<>(environment),
                        false),
                arguments);
        return new Run(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static Run of(String... arguments) {
        return of(Map.of(), "", arguments);
    }

    /** The one JSON object that it printed. */
    JsonObject json() {
        if (code != 0 || out.lines().count() != 1) {
            throw new AssertionError("not one line of JSON, but " + this);
        }
        return new JsonObject(out);
    }

    List<String> lines() {
        return out.lines().toList();
    }
}
