package dev.tandem.store.redis;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.task.CodecException;
import io.vertx.redis.client.impl.types.ErrorType;

/** Why a call could not be answered, in sentences for people. */
final class Failures {
    private Failures() {}

    static StoreException closed() {
        return new StoreException(FailureKind.NOT_APPLIED, "the store is closed: nothing was changed");
    }

    static StoreException pastDeadline() {
        return new StoreException(FailureKind.DEADLINE_PASSED, "the deadline of the call has passed");
    }

    static StoreException unfit(IllegalArgumentException why) {
        return new StoreException(FailureKind.NOT_APPLIED, "nothing was changed: " + why.getMessage(), why);
    }

    static StoreException newerLayout(long layout) {
        return new StoreException(
                FailureKind.NOT_APPLIED,
                "the keys in Redis have layout " + layout + ", and this version of Tandem knows layout "
                        + Records.LAYOUT + ": use the version that wrote them, or a newer one");
    }

    static StoreException foreignKeys(String namespace) {
        return new StoreException(
                FailureKind.CORRUPT,
                "the keys of namespace " + namespace
                        + " in Redis hold something that Tandem did not write; nothing was changed");
    }

    static StoreException corrupt(String what, CodecException why) {
        return new StoreException(
                FailureKind.CORRUPT, "the stored record of " + what + " can't be read: " + why.getMessage(), why);
    }

    static StoreException lostWrites(String namespace, long missing, long found) {
        return new StoreException(
                FailureKind.NOT_APPLIED,
                "nothing was changed: Redis has lost writes of namespace " + namespace
                        + " that it had acknowledged (version " + missing + " is not there, it is at version " + found
                        + "). Reads go on. Nobody writes to the namespace until an operator has accepted the loss or"
                        + " restored the data.");
    }

    /** What an error reply comes to that the link has not made a failure of its own. */
    static StoreException ofReply(String namespace, ErrorType error) {
        String text = String.valueOf(error.getMessage());
        if (text.contains("WRONGTYPE")) {
            return foreignKeys(namespace);
        }
        if (text.contains("killed by user")) {
            return new StoreException(
                    FailureKind.NOT_APPLIED, "nothing was changed, because the script was killed: " + text);
        }
        if (text.contains("user_script")) {
            return new StoreException(
                    FailureKind.CORRUPT, "something in namespace " + namespace + " can't be read: " + text);
        }
        return new StoreException(FailureKind.MAYBE_APPLIED, "Redis answered with an error: " + text);
    }
}
