package dev.tandem.client;

import com.google.protobuf.ByteString;
import dev.tandem.v1.Task;
import io.vertx.core.Future;

/** A claimed task in the hands of its handler. Safe for use by several threads. */
public interface TaskContext {
    /** The task as it was when it was claimed. */
    Task task();

    /** The application's own bytes. */
    default ByteString payload() {
        return task().getPayload();
    }

    /** The fencing token: pass it on to what the handler writes to, so that a later holder's writes win. */
    default long token() {
        return task().getLease().getToken();
    }

    /**
     * Says how far the work is. It is sent with the next heartbeat, the latest only.
     *
     * @param percent 0 to 100
     * @param note a sentence for people, up to 1024 bytes
     */
    void progress(int percent, String note);

    /**
     * Whether the task is this worker's no more: called off, out of time, or given back by a drain. Another worker may be
     * at it, and what the handler returns is dropped.
     */
    boolean isLeaseLost();

    /** Succeeds when the lease is lost; as long as it is not, and if it never is, it stays incomplete. */
    Future<Void> leaseLost();
}
