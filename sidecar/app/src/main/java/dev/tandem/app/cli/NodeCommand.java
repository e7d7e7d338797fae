package dev.tandem.app.cli;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.NodeConfig;
import dev.tandem.app.sidecar.Logging;
import dev.tandem.app.sidecar.Runner;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tandem node}. */
@Command(
        name = "node",
        description =
                "Starts a store node, a Raft member that many sidecars share, and serves until SIGTERM or Ctrl-C.",
        sortOptions = false,
        footer = {
            "",
            "Three of them, and a sidecar (docs/raft.md):",
            "  export TANDEM_RAFT_MEMBERS=10.0.0.1:5701,10.0.0.2:5701,10.0.0.3:5701",
            "  tandem node --node-data /var/lib/tandem --node-listen 10.0.0.1:7422 --raft-listen 10.0.0.1:5701",
            "  tandem sidecar --store tandem://10.0.0.1:7422,10.0.0.2:7422,10.0.0.3:7422",
            "",
            "Every flag is a key of the configuration file, too, and a variable, as with `tandem sidecar`. A",
            "node that can't be started says why, with exit code 2; one that can't write its data any more ends",
            "with exit code 1."
        })
final class NodeCommand implements Callable<Integer> {
    private static final Set<String> SUBCOMMANDS = Set.of("status", "remove-voter", "promote");

    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    private NodeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    static CommandSpec make(Terminal terminal) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new NodeCommand(terminal));
        ConfigFlags.addTo(spec, "tandem node [--config=FILE] [--KEY=VALUE]... [COMMAND]", NodeConfig::isAbout);
        return spec.addSubcommand("status", CommandSpec.forAnnotatedObject(new NodeStatus(terminal)))
                .addSubcommand("remove-voter", CommandSpec.forAnnotatedObject(new NodeRemoveVoter(terminal)))
                .addSubcommand("promote", CommandSpec.forAnnotatedObject(new NodePromote(terminal)));
    }

    /** Whether these arguments start a node, which logs. */
    static boolean starts(String... arguments) {
        return arguments.length < 2 || !SUBCOMMANDS.contains(arguments[1]);
    }

    @Override
    public Integer call() throws ConfigException, InterruptedException {
        NodeConfig config = NodeConfig.of(ConfigFlags.load(
                Objects.requireNonNull(spec).commandLine().getParseResult(),
                terminal.environment(),
                NodeConfig::contradictions));
        Logging.start(config.logLevel(), config.logFormat(), terminal.isTerminal());
        try {
            return Runner.run(config, terminal.out(), terminal.isTerminal());
        } finally {
            Logging.stop();
        }
    }
}
