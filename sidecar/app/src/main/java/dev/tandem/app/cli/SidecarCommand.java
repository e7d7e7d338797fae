package dev.tandem.app.cli;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.sidecar.Logging;
import dev.tandem.app.sidecar.Runner;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tandem sidecar}. */
@Command(
        name = "sidecar",
        description = "Starts a sidecar and serves until SIGTERM or Ctrl-C, then finishes what is under way and ends.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  tandem sidecar",
            "  tandem sidecar --listen 127.0.0.1:0 --store sqlite:/var/lib/app/tandem.db",
            "  tandem sidecar --config tandem.yaml --log-format json",
            "",
            "Every flag is a key of the configuration file, too: --drain-timeout is drain.timeout, and the",
            "variable TANDEM_DRAIN_TIMEOUT. Flags win over variables, and these over the file. A second signal",
            "ends it at once. A sidecar that can't be started says why, with exit code 2."
        })
final class SidecarCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    private SidecarCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    static CommandSpec make(Terminal terminal) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new SidecarCommand(terminal));
        ConfigFlags.addTo(spec, "tandem sidecar [--config=FILE] [--KEY=VALUE]...");
        return spec;
    }

    @Override
    public Integer call() throws ConfigException, InterruptedException {
        SidecarConfig config = SidecarConfig.of(
                ConfigFlags.load(Objects.requireNonNull(spec).commandLine().getParseResult(), terminal.environment()));
        Logging.start(config.logLevel(), config.logFormat(), terminal.isTerminal());
        try {
            return Runner.run(config, terminal.out(), terminal.isTerminal());
        } finally {
            Logging.stop();
        }
    }
}
