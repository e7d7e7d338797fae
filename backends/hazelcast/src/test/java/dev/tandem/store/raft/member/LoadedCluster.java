package dev.tandem.store.raft.member;

import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.TaskLoad;
import dev.tandem.testkit.StoreCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A {@link Cluster} that hosts tasks, with a store and clients at each member. */
final class LoadedCluster implements AutoCloseable {
    static final int GROUPS = 3;
    private static final int CLIENTS = 12;
    static final Duration DEADLINE = Duration.ofSeconds(20);

    final Cluster cluster;
    private final Map<Cluster.Slot, TaskStore> stores = new ConcurrentHashMap<>();

    private final int groups;

    LoadedCluster(Path folder, int members, int groups) throws Exception {
        this.groups = groups;
        cluster = new Cluster(folder, members, options -> options.withGroups(groups));
    }

    LoadedCluster(Path folder, int members) throws Exception {
        this(folder, members, GROUPS);
    }

    LoadedCluster(Path folder) throws Exception {
        this(folder, 3);
    }

    /** Starts the members that do not run, and waits until all can be used. */
    LoadedCluster start() throws Exception {
        cluster.start().ready();
        cluster.slots.forEach(slot -> stores.computeIfAbsent(slot, this::open));
        return this;
    }

    private TaskStore open(Cluster.Slot slot) {
        return new RaftTaskStore(cluster.vertx, new MemberGroups(slot.member(), slot.tasks));
    }

    TaskStore store(Cluster.Slot slot) {
        TaskStore store = stores.get(slot);
        if (store == null) {
            throw new IllegalStateException("not running");
        }
        return store;
    }

    /** Clients that call the members in turn; those of one that does not run call the next. */
    TaskLoad load() {
        return load(DEADLINE);
    }

    TaskLoad load(Duration deadline) {
        return new TaskLoad(cluster.vertx, groups, CLIENTS, TaskLoad.seed(), deadline, this::storeOfClient);
    }

    private TaskStore storeOfClient(int client) {
        for (int i = 0; i < cluster.slots.size(); i++) {
            TaskStore store = stores.get(cluster.slots.get((client + i) % cluster.slots.size()));
            if (store != null) {
                return store;
            }
        }
        throw new IllegalStateException("no member runs");
    }

    /** Sends the clients of a member elsewhere, and closes it, as a sidecar that is drained does. */
    void close(Cluster.Slot slot) throws Exception {
        TaskStore store = stores.remove(slot);
        if (store != null) {
            StoreCalls.await(store.close());
        }
        slot.member().close();
        slot.member = null;
    }

    /** Ends a member as a crash would, after its clients have been sent elsewhere. */
    void terminate(Cluster.Slot slot) throws Exception {
        TaskStore store = stores.remove(slot);
        if (store != null) {
            StoreCalls.await(store.close());
        }
        cluster.terminate(slot);
    }

    @Override
    public void close() {
        cluster.close();
    }
}
