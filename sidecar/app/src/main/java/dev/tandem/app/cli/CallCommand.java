package dev.tandem.app.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that calls a sidecar. */
abstract class CallCommand implements Callable<Integer> {
    final Terminal terminal;

    @Mixin
    private TargetOptions target = new TargetOptions();

    CallCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Does what the command is for, and returns its exit code. */
    abstract int run(Connection to, Printer printer) throws InterruptedException, IOException;

    @Override
    public final Integer call() throws InterruptedException, IOException {
        try (Connection to = Connection.open(target, terminal.environment())) {
            return run(to, new Printer(terminal, target.isJson));
        }
    }
}
