package dev.tandem.bench;

import java.util.Locale;

/** Numbers as people read them. */
final class Text {
    private static final int KIB = 1024;

    private Text() {}

    /** As {@link #nanos(double)}. */
    static String nanos(long nanos) {
        return nanos((double) nanos);
    }

    /** Three digits or so, with a unit: 850 ns, 25.3 us, 1.20 ms. */
    static String nanos(double nanos) {
        if (Double.isNaN(nanos)) {
            return "-";
        }
        if (nanos < 1_000) {
            return String.format(Locale.ROOT, "%.0f ns", nanos);
        }
        double value = nanos / 1_000;
        String unit = "us";
        if (value >= 1_000) {
            value /= 1_000;
            unit = "ms";
        }
        if (value >= 1_000) {
            value /= 1_000;
            unit = "s";
        }
        return String.format(Locale.ROOT, value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, unit);
    }

    static String bytes(int bytes) {
        return bytes > 0 && bytes % KIB == 0 ? bytes / KIB + " KiB" : bytes + " B";
    }

    static String number(double number) {
        return Double.isNaN(number)
                ? "-"
                : String.format(Locale.ROOT, number < 10 ? "%.2f" : number < 100 ? "%.1f" : "%,.0f", number);
    }

    static String ratio(double ratio) {
        return Double.isNaN(ratio) || Double.isInfinite(ratio) ? "-" : String.format(Locale.ROOT, "%.2f x", ratio);
    }
}
