package dev.tandem.app.cli;

import dev.tandem.app.config.BuildInfo;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tandem version}. */
@Command(name = "version", description = "Prints the version.")
final class VersionCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean isJson;

    VersionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    static String line() {
        return "tandem " + BuildInfo.version() + " on Java " + Runtime.version();
    }

    @Override
    public Integer call() {
        JsonObject json = new JsonObject()
                .put("version", BuildInfo.version())
                .put("java", Runtime.version().toString());
        terminal.out().println(isJson ? json.encode() : line());
        return ExitCode.OK;
    }
}
