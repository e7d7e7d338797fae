package dev.tandem.app.config;

import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisRequirement;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The formats that values are written in. */
public final class Formats {
    private static final Pattern DURATION_PART = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})(B|KiB|MiB|GiB)");
    private static final Pattern HOST_PORT = Pattern.compile("(\\[[0-9A-Fa-f:.%]+]|[A-Za-z0-9._-]+):(\\d{1,5})");
    private static final Pattern STORES_BETWEEN = Pattern.compile("\\s*;\\s*|(?<![,\\s])\\s+(?![,\\s])");
    private static final String SQLITE = "sqlite:";
    private static final String REDIS = "redis";
    private static final String RAFT = "raft:";
    private static final String NODES = "tandem://";

    /** What stands for every address of the machine, and so for none that others could use. */
    private static final Set<String> ANY = Set.of("0.0.0.0", "::");

    private Formats() {}

    static Format<String> text(String what) {
        return new Format<>(what, text -> text.isBlank() ? null : text);
    }

    static Format<String> pattern(String what, Pattern pattern) {
        return new Format<>(what, text -> pattern.matcher(text).matches() ? text : null);
    }

    static Format<Boolean> bool() {
        return new Format<>("true or false", text -> switch (text) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> null;
        });
    }

    static Format<Integer> integer(int min, int max) {
        return new Format<>("a whole number from " + min + " to " + max, text -> {
            if (!text.matches("\\d{1,9}")) {
                return null;
            }
            int value = Integer.parseInt(text);
            return value < min || value > max ? null : value;
        });
    }

    static Format<Double> ratio() {
        return new Format<>("a number from 0 to 1", text -> {
            if (!text.matches("[01]|0?\\.\\d{1,9}|1\\.0{1,9}|0\\.0*")) {
                return null;
            }
            return Double.valueOf(text);
        });
    }

    /** One of an enum's names, in lower case. */
    static <E extends Enum<E>> Format<E> oneOf(Class<E> type) {
        String names = Arrays.stream(type.getEnumConstants())
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        return new Format<>("one of " + names, text -> {
            for (E value : type.getEnumConstants()) {
                if (value.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return value;
                }
            }
            return null;
        });
    }

    /** A span of time within bounds. */
    public static Format<Duration> duration(Duration min, Duration max) {
        return new Format<>(
                "a duration from " + show(min) + " to " + show(max) + ", with a unit (ms, s, m, h, d), such as 30s",
                text -> {
                    Duration value = parseDuration(text);
                    return value == null || value.compareTo(min) < 0 || value.compareTo(max) > 0 ? null : value;
                });
    }

    /** A number of bytes within bounds. */
    static Format<Long> bytes(long min, long max) {
        return new Format<>(
                "a size from " + showBytes(min) + " to " + showBytes(max)
                        + ", with a unit (B, KiB, MiB, GiB), such as 256KiB",
                text -> {
                    Matcher matcher = SIZE.matcher(text);
                    if (!matcher.matches()) {
                        return null;
                    }
                    int shift = switch (matcher.group(2)) {
                        case "B" -> 0;
                        case "KiB" -> 10;
                        case "MiB" -> 20;
                        default -> 30;
                    };
                    long number = Long.parseLong(matcher.group(1));
                    long value = number > Long.MAX_VALUE >> shift ? Long.MAX_VALUE : number << shift;
                    return value < min || value > max ? null : value;
                });
    }

    static Format<HostPort> hostPort() {
        return new Format<>("host:port, such as 127.0.0.1:7420 (port 0 for any free one)", Formats::parseHostPort);
    }

    static Format<Optional<HostPort>> hostPortOrOff() {
        return new Format<>("host:port, such as 127.0.0.1:7421, or off", text -> {
            if (text.equals("off")) {
                return Optional.empty();
            }
            HostPort value = parseHostPort(text);
            return value == null ? null : Optional.of(value);
        });
    }

    /** An address that others reach this process by. */
    static Format<HostPort> reachable(String example) {
        return new Format<>("host:port by which the others reach this member, such as " + example, text -> {
            HostPort value = parseHostPort(text);
            return value == null || value.port() == 0 || ANY.contains(value.host()) ? null : value;
        });
    }

    /** Several addresses with commas between; none of them twice. */
    static Format<List<HostPort>> hostPorts(String example) {
        return new Format<>("host:port,host:port.., each once, such as " + example, Formats::parseHostPorts);
    }

    static Format<Path> path() {
        return new Format<>("a path", Formats::parsePath);
    }

    static Format<StoreLocation> store() {
        return new Format<>(
                "sqlite:PATH, redis://HOST:PORT, raft:FOLDER or tandem://HOST:PORT,HOST:PORT.., such as sqlite:./tandem.db",
                text -> {
                    if (text.startsWith(REDIS)) {
                        return redis(text);
                    } else if (text.startsWith(SQLITE)) {
                        Path path = parsePath(text.substring(SQLITE.length()));
                        return path == null ? null : new StoreLocation.Sqlite(path);
                    } else if (text.startsWith(RAFT)) {
                        Path path = parsePath(text.substring(RAFT.length()));
                        return path == null ? null : new StoreLocation.Raft(path);
                    } else if (text.startsWith(NODES)) {
                        List<HostPort> nodes = parseHostPorts(text.substring(NODES.length()));
                        return nodes == null
                                ? null
                                : new StoreLocation.Nodes(
                                        nodes.stream().map(HostPort::toString).toList());
                    }
                    return null;
                });
    }

    /** Several stores, separated by white space or {@code ;}, as locations have commas in them. */
    static Format<List<StoreLocation>> stores() {
        Format<StoreLocation> store = store();
        return new Format<>(
                "stores with spaces or ; between, each " + store.what(),
                text -> {
                    List<StoreLocation> values = new ArrayList<>();
                    for (String each : STORES_BETWEEN.split(text.strip(), -1)) {
                        values.add(store.read(each));
                    }
                    return List.copyOf(values);
                },
                true);
    }

    private static StoreLocation redis(String text) throws BadValue {
        try {
            RedisAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new BadValue("can't be used: " + e.getMessage());
        }
        return new StoreLocation.Redis(text);
    }

    /** As {@link RedisRequirement#parse} reads it; kept as text, so that only a sidecar over Redis loads that class. */
    static Format<String> redisRequirement() {
        return new Format<>(
                "none, or some of aof, fsync, min-replicas=N, wait=N and waitaof=N with commas between", text -> {
                    try {
                        RedisRequirement.parse(text);
                        return text;
                    } catch (IllegalArgumentException e) {
                        return null;
                    }
                });
    }

    static Format<URI> httpUrl() {
        return new Format<>("an http or https address, such as http://127.0.0.1:4318", text -> {
            try {
                URI uri = new URI(text);
                boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
                return isHttp && uri.getHost() != null && uri.getUserInfo() == null ? uri : null;
            } catch (URISyntaxException e) {
                return null;
            }
        });
    }

    /** Reads a duration such as {@code 30s} or {@code 1m30s}; null if it is none. */
    public static @Nullable Duration parseDuration(String text) {
        Matcher matcher = DURATION_PART.matcher(text);
        Duration sum = Duration.ZERO;
        int end = 0;
        while (end < text.length() && matcher.find(end) && matcher.start() == end) {
            long unitMillis = switch (matcher.group(2)) {
                case "ms" -> 1;
                case "s" -> 1000;
                case "m" -> 60_000;
                case "h" -> 3600_000;
                default -> 24 * 3600_000;
            };
            BigDecimal millis = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unitMillis));
            sum = sum.plusMillis(millis.longValue());
            end = matcher.end();
        }
        return text.isEmpty() || end < text.length() ? null : sum;
    }

    /** Writes a duration as {@link #parseDuration} reads it, in the largest unit that leaves no rest. */
    public static String show(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        if (seconds % 3600 != 0) {
            return seconds / 60 + "m";
        }
        return seconds % (24 * 3600) == 0 ? seconds / (24 * 3600) + "d" : seconds / 3600 + "h";
    }

    private static String showBytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB"};
        int unit = 0;
        long number = bytes;
        while (number % 1024 == 0 && unit < units.length - 1 && number > 0) {
            number /= 1024;
            unit++;
        }
        return number + units[unit];
    }

    private static @Nullable HostPort parseHostPort(String text) {
        Matcher matcher = HOST_PORT.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        int port = Integer.parseInt(matcher.group(2));
        String host = matcher.group(1);
        return port > 65535 ? null : new HostPort(host.replaceAll("[\\[\\]]", ""), port);
    }

    private static @Nullable List<HostPort> parseHostPorts(String text) {
        List<HostPort> values = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            HostPort value = parseHostPort(each.strip());
            if (value == null || value.port() == 0 || values.contains(value)) {
                return null;
            }
            values.add(value);
        }
        return List.copyOf(values);
    }

    private static @Nullable Path parsePath(String text) {
        try {
            return text.isBlank() ? null : Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
