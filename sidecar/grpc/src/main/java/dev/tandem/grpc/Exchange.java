package dev.tandem.grpc;

import com.google.protobuf.Message;
import com.google.rpc.Status;

/**
 * The wire's side of one call: how its answer is written. Used by the call alone, which ends it exactly once and writes
 * nothing after that.
 */
interface Exchange {
    /** Writes the one message of a unary answer, and ends it. */
    void reply(Message message);

    /** Ends the answer with an error; after messages, too. */
    void refuse(Status status);

    /** Writes one message of a stream. */
    void write(Message message);

    /** Whether more is waiting to be sent than should be. */
    boolean isFull();

    /** What to call when it is full no more. */
    void onDrain(Runnable action);
}
