package dev.tandem.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.rpc.BadRequest.FieldViolation;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.TaskState;
import dev.tandem.v1.Task;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of single fields, for one request. A value out of bounds is noted and read as something harmless, so that one
 * answer names everything that is wrong; {@link #done} then refuses the request.
 */
final class Checks {
    /** How much of a refused value is shown. */
    private static final int SHOWN_CHARS_MAX = 40;

    private static final long TIMESTAMP_SECONDS_MIN = -62_135_596_800L;
    private static final long TIMESTAMP_SECONDS_MAX = 253_402_300_799L;
    private static final long DURATION_SECONDS_MAX = 315_576_000_000L;
    private static final int NANOS_MAX = 999_999_999;

    private static final String NAME_RULE = "must be 1 to " + Limits.NAME_LENGTH_MAX + " of A-Z a-z 0-9 . _ ~ -, and ";

    private static final BitSet NAME_CHARS =
            chars("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");

    private @Nullable List<FieldViolation> violations;
    private boolean isTooLargeOnly = true;

    /**
     * Ends the checks.
     *
     * @throws ApiException if a field was out of bounds
     */
    void done() {
        if (violations != null) {
            throw new ApiException(StatusMap.invalid(
                    isTooLargeOnly ? StatusMap.PAYLOAD_TOO_LARGE : StatusMap.INVALID_ARGUMENT, violations));
        }
    }

    void violate(String field, String description) {
        isTooLargeOnly = false;
        add(field, description);
    }

    private void add(String field, String description) {
        if (violations == null) {
            violations = new ArrayList<>();
        }
        violations.add(FieldViolation.newBuilder()
                .setField(field)
                .setDescription(description)
                .build());
    }

    String namespace(String value, String otherwise) {
        if (value.isEmpty()) {
            return otherwise;
        }
        if (!Limits.isNamespace(value)) {
            violate(
                    "namespace",
                    "must be 1 to " + Limits.NAMESPACE_LENGTH_MAX
                            + " of a-z 0-9 -, not beginning or ending with -, and " + is(value));
        }
        return value;
    }

    private static boolean isMadeOf(String value, BitSet chars) {
        for (int i = 0; i < value.length(); i++) {
            if (!chars.get(value.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static BitSet chars(String chars) {
        BitSet set = new BitSet();
        chars.chars().forEach(set::set);
        return set;
    }

    String name(String field, String value) {
        if (!isName(value)) {
            violate(field, NAME_RULE + is(value));
        }
        return value;
    }

    String nameOrEmpty(String field, String value) {
        return value.isEmpty() ? value : name(field, value);
    }

    static boolean isName(String value) {
        return !value.isEmpty() && value.length() <= Limits.NAME_LENGTH_MAX && isMadeOf(value, NAME_CHARS);
    }

    /** Distinct names, in their order. */
    Set<String> names(String field, List<String> values, int countMax) {
        if (values.isEmpty()) {
            return Set.of();
        }
        if (values.size() > countMax) {
            violate(field, "must be at most " + countMax + ", and are " + values.size());
            return Set.of();
        }
        if (values.size() == 1) {
            return Set.of(name(field, values.get(0)));
        }
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            if (isName(value)) {
                names.add(value);
            } else {
                violate(field + "[" + i + "]", NAME_RULE + is(value));
            }
        }
        return names;
    }

    /** Text of a bounded number of UTF-8 bytes. */
    String text(String field, String value, int bytesMax) {
        // Each char is at most 3 bytes, so short text need not be counted.
        if (value.length() * 3L > bytesMax) {
            int bytes = ByteString.copyFromUtf8(value).size();
            if (bytes > bytesMax) {
                violate(field, "must be at most " + bytesMax + " bytes, and has " + bytes);
                return "";
            }
        }
        return value;
    }

    Bytes payload(String field, ByteString value, int bytesMax) {
        if (value.size() > bytesMax) {
            add(field, "must be at most " + bytesMax + " bytes, and has " + value.size());
            return Bytes.EMPTY;
        }
        return ProtoBytes.of(value);
    }

    int range(String field, int value, int min, int max) {
        if (value < min || value > max) {
            violate(field, "must be " + min + " to " + max + ", and is " + value);
            return min;
        }
        return value;
    }

    long token(String field, long value) {
        if (value < 0) {
            violate(field, "must be the token of a claim, and is " + value);
            return 0;
        }
        return value;
    }

    long tokenNeeded(String field, long value) {
        if (value <= 0) {
            violate(field, "must be the token that the lease was given under, and is " + value);
        }
        return value;
    }

    /** The version that an etag stands for; 0 for an empty one. */
    long etag(String value) {
        if (value.isEmpty()) {
            return 0;
        }
        long version = 0;
        for (int i = 0; i < value.length(); i++) {
            int digit = value.charAt(i) - '0';
            if (digit < 0 || digit > 9 || version > (Long.MAX_VALUE - digit) / 10 || (version == 0 && digit == 0)) {
                violate("etag", "must be one that a task came with, and " + is(value));
                return 0;
            }
            version = version * 10 + digit;
        }
        return version;
    }

    /** A duration in milliseconds, cut to whole ones. */
    long millis(String field, Duration value, long minMillis, long maxMillis) {
        long seconds = value.getSeconds();
        int nanos = value.getNanos();
        boolean isValid = Math.abs(seconds) <= DURATION_SECONDS_MAX
                && Math.abs((long) nanos) <= NANOS_MAX
                && (seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0));
        long millis = isValid ? seconds * 1000 + nanos / 1_000_000 : -1;
        if (!isValid || millis < minMillis || millis > maxMillis || seconds < 0 || nanos < 0) {
            violate(
                    field,
                    "must be " + shown(minMillis) + " to " + shown(maxMillis) + ", and is "
                            + (isValid ? shown(millis) : "no valid duration"));
            return minMillis;
        }
        return millis;
    }

    /** A time in milliseconds since 1970, cut to whole ones; times before are 0. */
    long time(String field, Timestamp value) {
        long seconds = value.getSeconds();
        if (seconds < TIMESTAMP_SECONDS_MIN
                || seconds > TIMESTAMP_SECONDS_MAX
                || value.getNanos() < 0
                || value.getNanos() > NANOS_MAX) {
            violate(field, "must be a time in the years 1 to 9999");
            return 0;
        }
        return Math.max(0, seconds * 1000 + value.getNanos() / 1_000_000);
    }

    TaskState state(String field, Task.State value) {
        TaskState state = ProtoTasks.of(value);
        if (state == null) {
            violate(field, "must be ENQUEUED, PROCESSING, SUCCEEDED, FAILED or CANCELED");
            return TaskState.ENQUEUED;
        }
        return state;
    }

    Set<TaskState> states(String field, List<Task.State> values) {
        if (values.isEmpty()) {
            return Set.of();
        }
        EnumSet<TaskState> states = EnumSet.noneOf(TaskState.class);
        for (Task.State value : values) {
            states.add(state(field, value));
        }
        return states;
    }

    /** How a value reads at the end of a sentence: is "x", or is empty. */
    static String is(String value) {
        return value.isEmpty() ? "is empty" : "is \"" + shown(value) + "\"";
    }

    /** A value as it may be shown: short, on one line. */
    static String shown(String value) {
        int length = Math.min(value.length(), SHOWN_CHARS_MAX);
        StringBuilder out = new StringBuilder(length + 24);
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            out.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
        }
        if (value.length() > length) {
            out.append("... (").append(value.length()).append(" characters)");
        }
        return out.toString();
    }

    private static String shown(long millis) {
        if (millis == 0) {
            return "0 s";
        }
        if (millis % (24 * 3600_000L) == 0) {
            return millis / (24 * 3600_000L) + " days";
        }
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }
}
