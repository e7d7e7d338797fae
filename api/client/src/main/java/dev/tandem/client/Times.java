package dev.tandem.client;

import com.google.protobuf.Duration;

/** Durations as messages have them. */
final class Times {
    private Times() {}

    static Duration ofMillis(long millis) {
        return Duration.newBuilder()
                .setSeconds(millis / 1000)
                .setNanos((int) (millis % 1000) * 1_000_000)
                .build();
    }
}
