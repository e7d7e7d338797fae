package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that changes who votes, by the admin port of one member. */
abstract class VoterChange implements Callable<Integer> {
    final Terminal terminal;

    @Mixin
    private AdminOptions options = new AdminOptions();

    @Option(names = "--yes", description = "Don't ask.")
    private boolean isSure;

    VoterChange(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Does what the command is for.
     *
     * @param status of the member
     * @return its answer with what people are told, as "text"
     */
    abstract JsonObject run(AdminPort port, JsonObject status) throws AdminPort.Failure, InterruptedException, NotSure;

    /** Nobody said yes. */
    static final class NotSure extends Exception {
        private static final long serialVersionUID = 1L;

        NotSure() {
            super("Nothing was changed.", null, false, false);
        }
    }

    @Override
    public final Integer call() throws InterruptedException {
        AdminPort port = options.port(terminal.environment());
        try {
            JsonObject answer = run(port, port.get("/raft"));
            String text = String.valueOf(answer.remove("text"));
            terminal.out().println(options.isJson ? answer.encode() : text);
            return ExitCode.OK;
        } catch (AdminPort.Failure e) {
            terminal.err().println("error: " + e.getMessage());
            return e.exitCode();
        } catch (NotSure e) {
            terminal.err().println(e.getMessage());
            return ExitCode.REFUSED;
        }
    }

    /** Asks, unless --yes was given. */
    final void confirm(String explanation, String question) throws NotSure {
        if (isSure) {
            return;
        }
        terminal.err().println(explanation);
        terminal.err().print(question + ", type yes: ");
        terminal.err().flush();
        try {
            String line = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8)).readLine();
            if (line == null || !line.strip().equals("yes")) {
                throw new NotSure();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
