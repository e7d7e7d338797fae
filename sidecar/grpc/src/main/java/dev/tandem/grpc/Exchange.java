package dev.tandem.grpc;

import com.google.protobuf.Message;
import com.google.rpc.Status;
import io.vertx.core.Future;

/**
 * The wire's side of one call: how its answer is written. Used by the call alone, which ends it exactly once and writes
 * nothing after that.
 */
interface Exchange {
    /** Adds a header to the answer, of which nothing is written yet. */
    void header(String name, String value);

    /**
     * Writes the one message of a unary answer, and ends it.
     *
     * @return completes when the message has left, or never will
     */
    Future<Void> reply(Message message);

    /** Ends the answer with an error; after messages, too. */
    void refuse(Status status);

    /**
     * Writes one message of a stream.
     *
     * @return completes when the message has left, or never will
     */
    Future<Void> write(Message message);
}
