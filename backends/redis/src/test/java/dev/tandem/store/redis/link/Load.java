package dev.tandem.store.redis.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Some writers that each add one to a number, again and again, whatever is answered; and what was answered. */
final class Load {
    private static final long PAUSE_MILLIS = 1;

    private final RedisLink link;
    private final Context context;
    private final String[] namespaces;
    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong doubtful = new AtomicLong();
    private final AtomicLong underWay = new AtomicLong();
    private final AtomicLong longestPauseNanos = new AtomicLong();
    private volatile long lastSuccessNanos = System.nanoTime();
    private final Queue<Throwable> others = new ConcurrentLinkedQueue<>();
    private final Promise<Void> stopped = Promise.promise();
    private volatile boolean stopping;

    /** Starts {@code writers} writers, on one event loop. */
    Load(Vertx vertx, RedisLink link, int writers, String... namespaces) {
        this.link = link;
        this.namespaces = namespaces;
        this.context = vertx.getOrCreateContext();
        underWay.set(writers);
        context.runOnContext(start -> {
            for (int i = 0; i < writers; i++) {
                next(i);
            }
        });
    }

    private void next(int writer) {
        if (stopping) {
            if (underWay.decrementAndGet() == 0) {
                stopped.complete();
            }
            return;
        }
        String namespace = namespaces[writer % namespaces.length];
        Links.write(link, namespace).onComplete(answer -> {
            if (count(answer.result(), answer.cause())) {
                next(writer);
            } else {
                // A caller that is refused tries again after a pause.
                context.owner().setTimer(PAUSE_MILLIS, id -> next(writer));
            }
        });
    }

    private boolean count(@Nullable Response response, @Nullable Throwable failure) {
        if (response != null) {
            long now = System.nanoTime();
            longestPauseNanos.accumulateAndGet(now - lastSuccessNanos, Math::max);
            lastSuccessNanos = now;
            succeeded.incrementAndGet();
            return true;
        }
        if (failure instanceof StoreException known && known.kind() == FailureKind.NOT_APPLIED) {
            refused.incrementAndGet();
        } else if (failure instanceof StoreException known && known.kind() == FailureKind.MAYBE_APPLIED) {
            doubtful.incrementAndGet();
        } else if (failure != null && others.size() < 10) {
            others.add(failure);
        }
        return false;
    }

    long succeeded() {
        return succeeded.get();
    }

    long refused() {
        return refused.get();
    }

    long doubtful() {
        return doubtful.get();
    }

    /** Failures that are neither; none, if all is well. */
    long other() {
        assertThat(others).isEmpty();
        return others.size();
    }

    /** The longest time in which no call succeeded. */
    long longestPauseMillis() {
        return longestPauseNanos.get() / 1_000_000;
    }

    void awaitSucceeded(long count) {
        await(count + " calls succeeded", () -> succeeded() >= count);
    }

    void await(String what, BooleanSupplier condition) {
        Links.await(what, condition);
    }

    /** Waits for the last answers. */
    void stop() {
        stopping = true;
        Links.await(stopped.future());
    }

    @Override
    public String toString() {
        return succeeded + " succeeded, " + refused + " refused, " + doubtful + " in doubt, longest pause "
                + longestPauseMillis() + " ms";
    }
}
