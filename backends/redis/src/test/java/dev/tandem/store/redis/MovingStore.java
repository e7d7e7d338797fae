package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.servers.RedisCluster;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A store on a cluster that moves the slot of the namespace which was called last, from node to node, without a pause. */
final class MovingStore implements TaskStore {
    private static final int CALLS = 3;
    private static final long WAIT_MAX_NANOS = 10_000_000;

    private final TaskStore store;
    private final RedisCluster cluster;
    private final Thread mover = new Thread(this::move, "mover");
    private final AtomicInteger calls = new AtomicInteger();
    private volatile String namespace = "none";
    private volatile boolean closed;
    private final AtomicInteger moves = new AtomicInteger();
    private volatile @Nullable Throwable failure;

    MovingStore(TaskStore store, RedisCluster cluster) {
        this.store = store;
        this.cluster = cluster;
        mover.start();
    }

    private void move() {
        try {
            while (!closed) {
                String key = "{" + namespace + "}";
                int from = cluster.nodes().indexOf(cluster.primaryOf(key));
                RedisServer target = cluster.nodes()
                        .get((from + 1 + moves.get() % 2) % cluster.nodes().size());
                cluster.beginMove(key, target);
                awaitSome(); // at the source, which may not have all keys
                cluster.moveKeys(key, target);
                awaitSome(); // at the target, to which the slot does not belong yet
                cluster.endMove(key, target);
                moves.incrementAndGet();
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    /** Lets a few calls be made, if they can: those to a namespace that lacks a key wait until the move has ended. */
    private void awaitSome() {
        long until = System.nanoTime() + WAIT_MAX_NANOS;
        int before = calls.get();
        while (calls.get() < before + CALLS && System.nanoTime() < until && !closed) {
            LockSupport.parkNanos(100_000);
        }
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        namespace = command.namespace();
        calls.incrementAndGet();
        return store.execute(command, options);
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        return store.query(query, options);
    }

    @Override
    public Subscription subscribe(String watched, Runnable listener) {
        return store.subscribe(watched, listener);
    }

    @Override
    public Capabilities capabilities() {
        return store.capabilities();
    }

    /** Fails if there were no moves, or one went wrong. */
    @Override
    public Future<Void> close() {
        closed = true;
        try {
            mover.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.println(moves + " moves of slots");
        if (failure != null || moves.get() == 0) {
            throw new AssertionError("after " + moves + " moves of slots", failure);
        }
        return store.close();
    }
}
