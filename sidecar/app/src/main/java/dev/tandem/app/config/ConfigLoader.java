package dev.tandem.app.config;

import dev.tandem.app.config.Settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the configuration: the file, the variables over it, the flags over both. Finds all that is wrong at once. */
public final class ConfigLoader {
    /** The variable that names the file, if no flag does. */
    public static final String FILE_VARIABLE = "TANDEM_CONFIG";

    static final long FILE_BYTES_MAX = 1 << 20;

    private static final String PREFIX = "TANDEM_";

    /** Variables that are not keys: the launcher's, and what the commands that call a sidecar read. */
    private static final List<String> OTHER_VARIABLES = List.of(
            FILE_VARIABLE,
            "TANDEM_JAVA_OPTS",
            "TANDEM_LAUNCHER",
            "TANDEM_REDIS_SERVER",
            "TANDEM_ADDRESS",
            "TANDEM_NAMESPACE",
            "TANDEM_TIMEOUT");

    /** What Kubernetes puts into every pod beside a Service that is called tandem-something. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile(".*_SERVICE_HOST|.*_SERVICE_PORT(_.*)?|.*_PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");

    private static final Pattern SERVICE_URL = Pattern.compile("(tcp|udp|sctp)://.*");

    private final Map<Key<?>, Written> written = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * One value as it was written.
     *
     * @param layer a higher one wins
     */
    private record Written(String text, String source, int layer) {}

    private ConfigLoader() {}

    /** Reads the configuration of a sidecar, as the other one does. */
    public static Settings load(@Nullable Path file, Map<String, String> environment, Map<Key<?>, String> flags)
            throws ConfigException {
        return load(file, environment, flags, SidecarConfig::contradictions);
    }

    /**
     * Reads the configuration.
     *
     * @param file null for the one that {@link #FILE_VARIABLE} names, if it does
     * @param environment the variables of the process
     * @param flags what was given on the command line
     * @param contradictions says what is wrong with values that are each right by themselves
     * @throws ConfigException if anything is wrong
     */
    public static Settings load(
            @Nullable Path file,
            Map<String, String> environment,
            Map<Key<?>, String> flags,
            Function<Settings, List<String>> contradictions)
            throws ConfigException {
        ConfigLoader loader = new ConfigLoader();
        String named = environment.get(FILE_VARIABLE);
        if (file != null) {
            loader.readFile(file);
        } else if (named != null && !named.isEmpty()) {
            loader.readFile(Path.of(named));
        }
        loader.readVariables(environment);
        flags.forEach((key, text) -> loader.written.put(key, new Written(text, key.flag(), 3)));
        loader.readSecretFile(Keys.ADMIN_TOKEN, Keys.ADMIN_TOKEN_FILE);
        loader.readSecretFile(Keys.TRACING_HEADERS, Keys.TRACING_HEADERS_FILE);
        loader.readSecretFile(Keys.REDIS_PASSWORD, Keys.REDIS_PASSWORD_FILE);
        loader.readSecretFile(Keys.REDIS_SENTINEL_PASSWORD, Keys.REDIS_SENTINEL_PASSWORD_FILE);
        return loader.settings(contradictions);
    }

    private void readFile(Path file) {
        String text;
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                problems.add(file + " is larger than a configuration can be (" + (FILE_BYTES_MAX >> 20) + " MiB).");
                return;
            }
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            problems.add("there is no configuration file " + file + ": check --config and " + FILE_VARIABLE + ".");
            return;
        } catch (IOException e) {
            problems.add("the configuration file " + file + " can't be read (" + reason(e) + ").");
            return;
        }
        YamlReader.read(
                file.toString(),
                text,
                (name, value, source) -> {
                    Key<?> key = key(name);
                    if (key == null) {
                        problems.add(source + ": unknown key " + name + Suggestion.of(name, keyNames()));
                    } else {
                        written.put(key, new Written(value, source, 1));
                    }
                },
                problems::add);
    }

    private void readVariables(Map<String, String> environment) {
        for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith(PREFIX)
                    || OTHER_VARIABLES.contains(name)
                    || isServiceLink(name, variable.getValue())) {
                continue;
            }
            Key<?> key = keyOfVariable(name);
            if (key == null) {
                List<String> known = new ArrayList<>(OTHER_VARIABLES);
                Keys.ALL.forEach(each -> known.add(each.variable()));
                problems.add("unknown variable " + name + Suggestion.of(name, known));
            } else {
                written.put(key, new Written(variable.getValue(), name, 2));
            }
        }
    }

    private static boolean isServiceLink(String name, String value) {
        return SERVICE_LINK.matcher(name).matches()
                || (name.endsWith("_PORT") && SERVICE_URL.matcher(value).matches());
    }

    /** Takes a secret from the file that another key names, unless a higher layer gives the secret itself. */
    private void readSecretFile(Key<String> secret, Key<Path> fileKey) {
        Written file = written.get(fileKey);
        Written direct = written.get(secret);
        if (file == null || (direct != null && direct.layer() > file.layer())) {
            return;
        }
        if (direct != null && direct.layer() == file.layer()) {
            problems.add(direct.source() + " and " + file.source() + " both give " + secret + ": leave one out.");
            return;
        }
        try {
            Path path = fileKey.format().read(file.text());
            if (Files.size(path) > FILE_BYTES_MAX) {
                problems.add(file.source() + ": " + path + " is larger than a secret can be.");
                return;
            }
            written.put(secret, new Written(Files.readString(path).strip(), path.toString(), file.layer()));
        } catch (IOException e) {
            problems.add(file.source() + ": the file " + file.text() + " can't be read (" + reason(e) + ").");
        } catch (BadValue e) {
            // Said of the key itself, below.
        }
    }

    private Settings settings(Function<Settings, List<String>> contradictions) throws ConfigException {
        Map<Key<?>, Setting> settings = new LinkedHashMap<>();
        for (Key<?> key : Keys.ALL) {
            Written value = written.get(key);
            String text = value != null ? value.text() : key.defaultText();
            String source = value != null ? value.source() : key.defaultText() != null ? "default" : "none";
            try {
                settings.put(
                        key,
                        new Setting(text, text == null ? null : key.format().read(text), source));
            } catch (BadValue e) {
                String name = value != null && value.layer() > 1 ? source : source + ": " + key;
                problems.add(
                        name + " " + (key.isSecret() ? "must be " + key.format().what() : e.getMessage()) + ".");
            }
        }
        Settings result = new Settings(settings);
        if (problems.isEmpty()) {
            problems.addAll(contradictions.apply(result));
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return result;
    }

    private static @Nullable Key<?> key(String name) {
        for (Key<?> key : Keys.ALL) {
            if (key.name().equals(name)) {
                return key;
            }
        }
        return null;
    }

    private static @Nullable Key<?> keyOfVariable(String variable) {
        for (Key<?> key : Keys.ALL) {
            if (key.variable().equals(variable)) {
                return key;
            }
        }
        return null;
    }

    private static List<String> keyNames() {
        return Keys.ALL.stream().<String>map(Key::name).toList();
    }

    private static String reason(IOException e) {
        String name = e.getClass().getSimpleName();
        return switch (name) {
            case "AccessDeniedException" -> "access denied";
            case "NoSuchFileException" -> "there is none";
            case "MalformedInputException" -> "it is not UTF-8 text";
            default -> e.getMessage() == null ? name : e.getMessage();
        };
    }
}
