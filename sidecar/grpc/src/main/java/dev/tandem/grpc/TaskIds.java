package dev.tandem.grpc;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Makes ids for tasks whose callers give none: UUIDs of version 7 (RFC 9562), so that they sort by their time. Owned by
 * one event loop.
 */
final class TaskIds {
    private final SplittableRandom random = new SplittableRandom(new SecureRandom().nextLong());

    String next(long nowMillis) {
        long high = nowMillis << 16 | 0x7000 | random.nextInt(1 << 12);
        long low = random.nextLong() >>> 2 | 1L << 63;
        return new UUID(high, low).toString();
    }
}
