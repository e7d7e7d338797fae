package dev.tandem.routing;

import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;

/** A process of the simulation: it may stand still for a while, and end at any moment. */
final class SimProcess implements Host {
    private final SimWorld world;
    private final Map<Long, Runnable> timers = new HashMap<>();
    private final Map<String, Long> cutUntilNanos = new HashMap<>();
    private long timerIds;
    private long stillUntilNanos;
    private boolean isDead;

    SimProcess(SimWorld world) {
        this.world = world;
    }

    /** As kill -9 does: nothing of it goes on. */
    void kill() {
        isDead = true;
    }

    boolean isDead() {
        return isDead;
    }

    /** As kill -STOP does, and kill -CONT after this time. */
    void standStill(long millis) {
        stillUntilNanos = Math.max(stillUntilNanos, world.nanos() + millis * 1_000_000);
    }

    /** What it sends to this store is lost for a while. */
    void cutFrom(String store, long millis) {
        cutUntilNanos.put(store, world.nanos() + millis * 1_000_000);
    }

    boolean isCutFrom(String store) {
        return world.nanos() < cutUntilNanos.getOrDefault(store, 0L);
    }

    /** Runs it in this process: later if it stands still, not at all if it is dead. */
    void run(Runnable what) {
        if (isDead) {
            return;
        }
        long wait = stillUntilNanos - world.nanos();
        if (wait > 0) {
            world.after(wait, () -> run(what));
        } else {
            what.run();
        }
    }

    void after(long millis, Runnable what) {
        world.afterMillis(millis, () -> run(what));
    }

    @Override
    public Timers timers() {
        return new Timers() {
            @Override
            public long set(long delayMillis, Runnable task) {
                long id = ++timerIds;
                timers.put(id, task);
                after(delayMillis, () -> {
                    Runnable due = timers.remove(id);
                    if (due != null) {
                        due.run();
                    }
                });
                return id;
            }

            @Override
            public void cancel(long id) {
                timers.remove(id);
            }
        };
    }

    @Override
    public long nanoTime() {
        return world.nanos();
    }

    @Override
    public <T> Promise<T> promise() {
        return Promise.promise();
    }

    @Override
    public Runnable onCaller(Runnable task) {
        return () -> run(task);
    }
}
