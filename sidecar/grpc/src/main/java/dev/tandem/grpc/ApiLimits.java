package dev.tandem.grpc;

import dev.tandem.task.Limits;
import java.time.Duration;

/**
 * The bounds of the API that a deployment may set itself; all others are in {@link Limits}.
 *
 * @param payloadBytesMax the largest payload, and result, of one task in bytes
 * @param requestKeep how long a request id is remembered after its command was applied
 * @param pageTokenKeep how long a page token is good for
 * @param defaultNamespace what an empty namespace means
 * @param callsMax the most calls under way at once on the whole server; more are turned away as OVERLOADED
 * @param streamsMax the most open streams at once on the whole server; more are turned away as OVERLOADED
 * @param requestBytesInFlightMax the most bytes that requests under way may hold in all, those that are still arriving
 *     included; more are turned away as OVERLOADED. Each byte may be in memory up to three times: as it arrives, parsed, and
 *     on its way to the disk
 * @param answerBytesInFlightMax the most bytes of answers that wait for their callers to take them; reads that would come to
 *     more, and calls that arrive meanwhile, are turned away as OVERLOADED. Answers of less than 4 KiB are not counted
 */
public record ApiLimits(
        int payloadBytesMax,
        Duration requestKeep,
        Duration pageTokenKeep,
        String defaultNamespace,
        int callsMax,
        int streamsMax,
        long requestBytesInFlightMax,
        long answerBytesInFlightMax) {
    public static final ApiLimits DEFAULT = new ApiLimits(
            Limits.PAYLOAD_BYTES_DEFAULT,
            Duration.ofMillis(Limits.REQUEST_KEEP_MILLIS_DEFAULT),
            Duration.ofHours(1),
            "default",
            2048,
            1024,
            16L << 20,
            16L << 20);

    /** What a request may be larger than its payload: names, labels, texts and parts at their bounds. */
    private static final int ENVELOPE_BYTES_MAX = 512 * 1024;

    /** What every request may have: gRPC's own default, so that clients need not be told. */
    private static final int REQUEST_BYTES_MAX_DEFAULT = 4 << 20;

    /** The largest request, in bytes. A batch has to keep to it as a whole. */
    public int requestBytesMax() {
        return Math.max(REQUEST_BYTES_MAX_DEFAULT, payloadBytesMax + ENVELOPE_BYTES_MAX);
    }
}
