package dev.tandem.bench;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What values on the command line mean. */
final class Converters {
    private Converters() {}

    /** Sizes: 100, 16KiB, 1MiB. */
    static final class Sizes implements ITypeConverter<Integer> {
        private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB)?");

        @Override
        public Integer convert(String text) {
            Matcher size = SIZE.matcher(text);
            if (!size.matches()) {
                throw new TypeConversionException("'" + text + "' is not a size, such as 100, 1KiB or 16KiB");
            }
            int unit = text.endsWith("KiB") ? 1024 : text.endsWith("MiB") ? 1024 * 1024 : 1;
            return Math.toIntExact(Math.min(Integer.MAX_VALUE, Long.parseLong(size.group(1)) * unit));
        }
    }

    /** Times: 400ms, 2s, 1m. */
    static final class Times implements ITypeConverter<Duration> {
        private static final Pattern TIME = Pattern.compile("(\\d{1,6})(ms|s|m)");

        @Override
        public Duration convert(String text) {
            Matcher time = TIME.matcher(text);
            if (!time.matches() || Long.parseLong(time.group(1)) == 0) {
                throw new TypeConversionException("'" + text + "' is not a time, such as 400ms, 2s or 1m");
            }
            long number = Long.parseLong(time.group(1));
            return switch (time.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                default -> Duration.ofMinutes(number);
            };
        }
    }

    /** When a server writes to its disk. */
    static final class Fsyncs implements ITypeConverter<RedisProcess.Fsync> {
        @Override
        public RedisProcess.Fsync convert(String text) {
            return Stream.of(RedisProcess.Fsync.values())
                    .filter(fsync -> fsync.label().equals(text))
                    .findFirst()
                    .orElseThrow(() ->
                            new TypeConversionException("'" + text + "' is not one of none, everysec and always"));
        }
    }

    /** Operations by their labels. */
    static final class Operations implements ITypeConverter<Operation> {
        @Override
        public Operation convert(String text) {
            Set<Operation> known = EnumSet.complementOf(EnumSet.of(Operation.EMPTY));
            return known.stream()
                    .filter(operation -> operation.label().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is not an operation; there are "
                            + known.stream().map(Operation::label).collect(Collectors.joining(", "))));
        }
    }

    /** Ways that can be compared, by their labels. */
    static final class Ways implements ITypeConverter<Way> {
        @Override
        public Way convert(String text) {
            return Contest.everyWay().stream()
                    .filter(way -> way.label().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is none of "
                            + Contest.everyWay().stream().map(Way::label).collect(Collectors.joining(", "))));
        }
    }

    /** Faults by their labels. */
    static final class Faults implements ITypeConverter<Fault> {
        @Override
        public Fault convert(String text) {
            return Stream.of(Fault.values())
                    .filter(fault -> fault.label().equals(text))
                    .findFirst()
                    .orElseThrow(
                            () -> new TypeConversionException("'" + text + "' is not one of kill, stop and restart"));
        }
    }

    /** Whether nodes wait for their disks. */
    static final class Durabilities implements ITypeConverter<RaftPlace.Durability> {
        @Override
        public RaftPlace.Durability convert(String text) {
            return Stream.of(RaftPlace.Durability.values())
                    .filter(durability -> durability.label().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is not one of fsync and none"));
        }
    }
}
