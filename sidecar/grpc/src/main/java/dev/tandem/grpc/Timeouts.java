package dev.tandem.grpc;

import java.math.BigDecimal;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How long callers say that they wait. */
final class Timeouts {
    static final String JSON_HEADER = "X-Request-Timeout";

    /** The caller waits for ever. */
    static final long NONE = Long.MAX_VALUE;

    /** What the caller says makes no sense. */
    static final long MALFORMED = -1;

    private static final int DIGITS_MAX = 8;
    private static final Pattern JSON = Pattern.compile("([0-9]{1,8}(?:\\.[0-9]{1,9})?)(ms|s|m)?");

    private Timeouts() {}

    /** The value of a grpc-timeout header in nanoseconds: up to 8 digits and a unit. */
    static long ofGrpc(@Nullable String header) {
        if (header == null) {
            return NONE;
        }
        int digits = header.length() - 1;
        if (digits < 1 || digits > DIGITS_MAX) {
            return MALFORMED;
        }
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = header.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return MALFORMED;
            }
            value = value * 10 + digit;
        }
        return switch (header.charAt(digits)) {
            case 'n' -> value;
            case 'u' -> TimeUnit.MICROSECONDS.toNanos(value);
            case 'm' -> TimeUnit.MILLISECONDS.toNanos(value);
            case 'S' -> TimeUnit.SECONDS.toNanos(value);
            case 'M' -> TimeUnit.MINUTES.toNanos(value);
            case 'H' -> TimeUnit.HOURS.toNanos(value);
            default -> MALFORMED;
        };
    }

    /** The value of {@link #JSON_HEADER} in nanoseconds: a decimal number of seconds, or of ms, s or m. */
    static long ofJson(@Nullable String header) {
        if (header == null) {
            return NONE;
        }
        Matcher matcher = JSON.matcher(header.trim());
        if (!matcher.matches()) {
            return MALFORMED;
        }
        String unit = matcher.group(2);
        long nanosPerUnit = "ms".equals(unit) ? 1_000_000L : "m".equals(unit) ? 60_000_000_000L : 1_000_000_000L;
        return new BigDecimal(matcher.group(1))
                .multiply(BigDecimal.valueOf(nanosPerUnit))
                .longValue();
    }

    static String rule(boolean isJson) {
        return isJson
                ? "must be a number of seconds, or of ms, s or m, such as 2.5s"
                : "must be up to eight digits and one of H M S m u n, such as 2500m";
    }
}
