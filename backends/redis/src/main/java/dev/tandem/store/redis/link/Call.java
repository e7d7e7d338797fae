package dev.tandem.store.redis.link;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.vertx.core.Promise;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: waiting, sent, or answered. From the time that it is on an event loop it is touched only
 * there.
 */
final class Call implements Reply {
    private final Promise<Response> promise;
    private final String namespace;
    private final Request request;
    private final boolean isWrite;
    private final long lastGeneration;
    private final int bytes;
    private final long deadlineNanos;
    private final boolean callersDeadline;

    private @Nullable ServerLink at;
    private long sentNanos = NOT_SENT;
    private boolean done;
    /** How often it was sent to another server, one after the other without a pause. */
    private int redirects;
    /** How often it was sent again because the connection ended, or a slot was moving. */
    private int repeats;

    /** Found out when it is first asked for. */
    private int slot = -1;

    private boolean asking;
    /** Set once it is in a group of writes that replicas have to acknowledge. */
    private @Nullable WaitGroup group;

    /**
     * @param lastGeneration the newest connection that it may be sent on
     * @param deadlineNanos after which it fails, by {@link System#nanoTime}
     * @param callersDeadline whether that is the caller's deadline, rather than our own time-out
     */
    Call(
            Promise<Response> promise,
            String namespace,
            Request request,
            boolean isWrite,
            long lastGeneration,
            long deadlineNanos,
            boolean callersDeadline) {
        this.promise = promise;
        this.namespace = namespace;
        this.request = request;
        this.isWrite = isWrite;
        this.lastGeneration = lastGeneration;
        this.bytes = Wire.size(request);
        this.deadlineNanos = deadlineNanos;
        this.callersDeadline = callersDeadline;
    }

    String namespace() {
        return namespace;
    }

    /** Of a cluster. */
    int slot() {
        if (slot < 0) {
            slot = SlotMap.slot(namespace);
        }
        return slot;
    }

    Request request() {
        return request;
    }

    boolean isWrite() {
        return isWrite;
    }

    int bytes() {
        return bytes;
    }

    boolean isFor(Connection connection) {
        return connection.generation() <= lastGeneration;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    boolean isPast(long nanoTime) {
        return nanoTime - deadlineNanos >= 0;
    }

    boolean isDone() {
        return done;
    }

    void at(ServerLink link) {
        this.at = link;
    }

    @Override
    public long sentNanos() {
        return sentNanos;
    }

    void sent(long nanoTime, @Nullable WaitGroup inGroup) {
        this.sentNanos = nanoTime;
        this.group = inGroup;
    }

    @Nullable
    WaitGroup group() {
        return group;
    }

    boolean isAsking() {
        return asking;
    }

    void asking(boolean isAsking) {
        this.asking = isAsking;
    }

    int countRedirect() {
        return ++redirects;
    }

    void forgetRedirects() {
        redirects = 0;
    }

    int countRepeat() {
        return ++repeats;
    }

    @Override
    public void reply(@Nullable Response response) {
        link().replied(this, response);
    }

    @Override
    public void lost(String why) {
        link().lost(this, why);
    }

    private ServerLink link() {
        if (at == null) {
            throw new IllegalStateException("This call was never handed to a server");
        }
        return at;
    }

    void succeed(@Nullable Response response) {
        if (!done) {
            done = true;
            promise.tryComplete(response);
        }
    }

    void fail(Throwable failure) {
        if (!done) {
            done = true;
            promise.tryFail(failure);
        }
    }

    void fail(FailureKind kind, String why) {
        if (!done) {
            fail(new StoreException(kind, why));
        }
    }

    /** Its time has passed before it was sent, or since. */
    void failLate(boolean wasSent, String server) {
        if (wasSent && isWrite) {
            fail(
                    FailureKind.MAYBE_APPLIED,
                    "Redis at " + server + " has not answered in time; whether it ran the command is not known");
        } else if (callersDeadline) {
            fail(FailureKind.DEADLINE_PASSED, "The call's deadline passed before Redis answered");
        } else {
            fail(FailureKind.NOT_APPLIED, "Redis at " + server + " did not answer in time");
        }
    }
}
