package dev.tandem.app.cli;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.Key;
import dev.tandem.app.config.Keys;
import dev.tandem.app.config.Settings;
import dev.tandem.app.config.SidecarConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The flags by which a command takes configuration: --config, and one for every key. */
final class ConfigFlags {
    private static final String CONFIG = "--config";

    private ConfigFlags() {}

    /**
     * Adds the flags.
     *
     * @param synopsis how to use the command, because a list of all flags helps nobody
     */
    static void addTo(CommandSpec spec, String synopsis) {
        addTo(spec, synopsis, key -> true);
    }

    /**
     * Adds --config and the flags of some keys; the others still come from the file and the variables.
     *
     * @param isShown which keys
     */
    static void addTo(CommandSpec spec, String synopsis, Predicate<Key<?>> isShown) {
        spec.usageMessage().customSynopsis(synopsis);
        spec.addOption(OptionSpec.builder(CONFIG)
                .paramLabel("FILE")
                .type(Path.class)
                .description("The YAML file to read. Default: the one that TANDEM_CONFIG names, if any.")
                .build());
        for (Key<?> key : Keys.ALL) {
            if (key.isSecret() || !isShown.test(key)) {
                continue;
            }
            String byDefault = key.defaultText() == null ? "none" : key.defaultText();
            spec.addOption(OptionSpec.builder(key.flag())
                    .paramLabel("VALUE")
                    .type(String.class)
                    .description(key.description() + " Default: " + byDefault + ".")
                    .build());
        }
    }

    /** Reads the configuration that holds for this command line, as a sidecar's. */
    static Settings load(ParseResult parsed, Map<String, String> environment) throws ConfigException {
        return load(parsed, environment, SidecarConfig::contradictions);
    }

    /** @param contradictions says what is wrong with values that are each right by themselves */
    static Settings load(
            ParseResult parsed, Map<String, String> environment, Function<Settings, List<String>> contradictions)
            throws ConfigException {
        Map<Key<?>, String> flags = new LinkedHashMap<>();
        for (Key<?> key : Keys.ALL) {
            if (!key.isSecret() && parsed.hasMatchedOption(key.flag())) {
                flags.put(key, parsed.matchedOptionValue(key.flag(), ""));
            }
        }
        @Nullable
        Path file =
                parsed.hasMatchedOption(CONFIG) ? parsed.matchedOption(CONFIG).getValue() : null;
        return ConfigLoader.load(file, environment, flags, contradictions);
    }
}
