package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that goes to one admin port. */
abstract class AdminCommand implements Callable<Integer> {
    final Terminal terminal;

    @Mixin
    private AdminOptions options = new AdminOptions();

    AdminCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Does what the command is for, and returns its exit code. */
    abstract int run(AdminPort port) throws AdminPort.Failure, InterruptedException;

    @Override
    public final Integer call() throws InterruptedException {
        AdminPort port = options.port(terminal.environment());
        try {
            return run(port);
        } catch (AdminPort.Failure e) {
            terminal.err().println("error: " + e.getMessage());
            return e.exitCode();
        }
    }

    final boolean isJson() {
        return options.isJson;
    }

    /** Prints an answer, for programs or for people, and says that all went well. */
    final int done(JsonObject answer, String text) {
        terminal.out().println(isJson() ? answer.encode() : text.stripTrailing());
        return ExitCode.OK;
    }
}
