package dev.tandem.app.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.tandem.app.config.Formats;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** How arguments are written, and what they become in messages. */
final class Values {
    /** What is read of a file or stdin for one payload: more than any sidecar takes. */
    static final int BYTES_MAX = 16 << 20;

    private static final String BASE64 = "base64:";
    private static final List<Task.State> STATES = Arrays.stream(Task.State.values())
            .filter(state -> state != Task.State.STATE_UNSPECIFIED && state != Task.State.UNRECOGNIZED)
            .toList();

    private Values() {}

    /** Makes options of these types readable. */
    static void register(CommandLine line) {
        line.registerConverter(java.time.Duration.class, Values::readDuration);
        line.registerConverter(Instant.class, Values::readTime);
        line.registerConverter(Task.State.class, Values::readState);
    }

    private static java.time.Duration readDuration(String text) {
        java.time.Duration duration = Formats.parseDuration(text);
        if (duration == null) {
            throw new TypeConversionException(
                    "must be a duration with a unit (ms, s, m, h, d), such as 30s, not \"" + text + "\"");
        }
        return duration;
    }

    /** A time as RFC 3339 writes it, or how long ago it was. */
    private static Instant readTime(String text) {
        java.time.Duration ago = Formats.parseDuration(text);
        if (ago != null) {
            return Instant.now().minus(ago);
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new TypeConversionException(
                    "must be a time such as 2025-11-01T08:00:00Z, or how long ago, such as 2h, not \"" + text + "\"");
        }
    }

    private static Task.State readState(String text) {
        String name = text.toUpperCase(Locale.ROOT);
        return STATES.stream()
                .filter(state -> state.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("must be one of " + STATES + ", not \"" + text + "\""));
    }

    static Duration proto(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    static Timestamp proto(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    static TaskError error(@Nullable String code, @Nullable String message) {
        return TaskError.newBuilder()
                .setCode(code == null ? "" : code)
                .setMessage(message == null ? "" : message)
                .build();
    }

    /** Reads bytes: {@code @file}, {@code -} for stdin, {@code base64:...}, or the text itself. */
    static ByteString bytes(String option, String text, InputStream stdin) throws IOException {
        if (text.equals("-")) {
            return bounded(option, stdin);
        } else if (text.startsWith("@")) {
            String name = text.substring(1);
            try (InputStream file = Files.newInputStream(Path.of(name))) {
                return bounded(option, file);
            } catch (IOException | InvalidPathException e) {
                throw new BadInput(option + ": the file " + name + " can't be read; is it there?");
            }
        } else if (text.startsWith(BASE64)) {
            try {
                return ByteString.copyFrom(Base64.getDecoder().decode(text.substring(BASE64.length())));
            } catch (IllegalArgumentException e) {
                throw new BadInput(option + ": what follows base64: is not base64");
            }
        }
        return ByteString.copyFromUtf8(text);
    }

    private static ByteString bounded(String option, InputStream from) throws IOException {
        byte[] bytes = from.readNBytes(BYTES_MAX + 1);
        if (bytes.length > BYTES_MAX) {
            throw new BadInput(option + ": more than " + (BYTES_MAX >> 20) + " MiB, which no sidecar takes");
        }
        return ByteString.copyFrom(bytes);
    }
}
