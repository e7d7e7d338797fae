package dev.tandem.app.cli;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.Key;
import dev.tandem.app.config.Keys;
import dev.tandem.app.config.NodeConfig;
import dev.tandem.app.config.Settings;
import dev.tandem.app.config.SidecarConfig;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tandem config}. */
@Command(name = "config", description = "Checks and shows the configuration of a sidecar.")
final class ConfigCommand {
    private ConfigCommand() {}

    static CommandSpec make(Terminal terminal) {
        return CommandSpec.forAnnotatedObject(new ConfigCommand())
                .addSubcommand("check", withFlags("check [--node]", new Check(terminal)))
                .addSubcommand("print", withFlags("print", new Print(terminal)));
    }

    private static CommandSpec withFlags(String name, Object command) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(command);
        ConfigFlags.addTo(spec, "tandem config " + name + " [--json] [--config=FILE] [--KEY=VALUE]...");
        return spec;
    }

    private static Settings load(
            @Nullable CommandSpec spec, Terminal terminal, Function<Settings, List<String>> contradictions)
            throws ConfigException {
        return ConfigFlags.load(
                Objects.requireNonNull(spec).commandLine().getParseResult(), terminal.environment(), contradictions);
    }

    /** {@code tandem config check}. */
    @Command(
            name = "check",
            description =
                    "Checks the configuration that `tandem sidecar` would start with, and names all that is wrong.",
            sortOptions = false,
            footer = {"", "Exit code 0 if it can be used, 2 otherwise. Nothing is opened or started."})
    private static final class Check implements Callable<Integer> {
        private final Terminal terminal;

        @Spec
        private @Nullable CommandSpec spec;

        @Option(names = "--json", description = "Print one JSON object.")
        private boolean isJson;

        @Option(names = "--node", description = "Check what `tandem node` would start with instead.")
        private boolean isNode;

        Check(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() throws ConfigException {
            List<String> problems = List.of();
            try {
                load(spec, terminal, isNode ? NodeConfig::contradictions : SidecarConfig::contradictions);
            } catch (ConfigException e) {
                if (!isJson) {
                    throw e;
                }
                problems = e.problems();
            }
            boolean isGood = problems.isEmpty();
            JsonObject json = new JsonObject().put("ok", isGood).put("problems", new JsonArray(problems));
            terminal.out().println(isJson ? json.encode() : "The configuration is good.");
            return isGood ? ExitCode.OK : ExitCode.USAGE;
        }
    }

    /** {@code tandem config print}. */
    @Command(
            name = "print",
            description = "Prints the value of every key, and where it comes from. Secrets are not shown.",
            sortOptions = false)
    private static final class Print implements Callable<Integer> {
        private final Terminal terminal;

        @Spec
        private @Nullable CommandSpec spec;

        @Option(names = "--json", description = "Print one JSON object: each key with its value and source.")
        private boolean isJson;

        Print(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() throws ConfigException {
            Settings settings = load(spec, terminal, SidecarConfig::contradictions);
            JsonObject json = new JsonObject();
            List<List<String>> rows = new ArrayList<>();
            for (Key<?> key : Keys.ALL) {
                String value = settings.shown(key);
                json.put(key.name(), new JsonObject().put("value", value).put("source", settings.source(key)));
                rows.add(List.of(key.name(), value == null ? "-" : value, settings.source(key)));
            }
            terminal.out().print(isJson ? json.encode() + "\n" : Table.of(List.of("KEY", "VALUE", "FROM"), rows));
            return ExitCode.OK;
        }
    }
}
