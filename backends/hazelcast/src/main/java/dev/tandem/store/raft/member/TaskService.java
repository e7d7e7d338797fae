package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.TermChangeAwareService;
import com.hazelcast.cp.internal.raft.SnapshotAwareService;
import com.hazelcast.internal.services.ManagedService;
import com.hazelcast.internal.util.executor.ExecutorType;
import com.hazelcast.spi.impl.NodeEngine;
import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupMachine;
import dev.tandem.store.raft.state.GroupState;
import dev.tandem.store.raft.state.StateView;
import dev.tandem.task.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a member hosts for the task store: the records of each of its groups. To be passed to {@link RaftMember#start} under its
 * {@link #NAME}.
 *
 * <p>Each group's records are changed on the group's own thread alone; their views are read on any.
 */
public final class TaskService implements ManagedService, SnapshotAwareService<StateOfGroup>, TermChangeAwareService {
    /** The name that it is known by; in the log of every group. */
    public static final String NAME = "tandem:tasks";

    /** The threads on which reads are answered that look at many tasks. */
    static final String READS = "tandem-raft-reads";

    private static final int READ_THREADS = 2;
    private static final int READS_WAITING_MAX = 1_000;
    private static final StateView NOTHING = GroupState.empty().view();

    private final long tombstoneKeepMillis;
    private final Map<CPGroupId, GroupMachine> groups = new ConcurrentHashMap<>();
    private volatile Consumer<CPGroupId> onTerm = group -> {};
    private volatile ChangeListener onChange = ChangeListener.NONE;
    private @Nullable OutgoingStates states;

    /** @param tombstoneKeepMillis how long deletions are remembered; the same on all members, and for ever */
    public TaskService(long tombstoneKeepMillis) {
        this.tombstoneKeepMillis = tombstoneKeepMillis;
    }

    /** Has {@code listener} told, on a group's thread, of what is applied here. */
    void onChange(ChangeListener listener) {
        onChange = listener;
    }

    /** Has {@code listener} called, on a group's thread, when the group's leader of a new term has its first entry applied here. */
    void onTerm(Consumer<CPGroupId> listener) {
        onTerm = listener;
    }

    @Override
    public void onNewTermCommit(CPGroupId group, long commitIndex) {
        onTerm.accept(group);
    }

    private GroupMachine machine(CPGroupId group) {
        GroupMachine known = groups.get(group);
        return known != null ? known : groups.computeIfAbsent(group, any -> new GroupMachine(tombstoneKeepMillis));
    }

    @Nullable
    List<Outcome> apply(CPGroupId group, Batch batch) {
        GroupMachine.Result result = machine(group).apply(batch);
        result.changed().forEach(namespace -> onChange.changed(RaftMember.number(group), namespace));
        return result.outcomes();
    }

    /** A group's records as they were applied here. */
    StateView view(CPGroupId group) {
        GroupMachine known = groups.get(group);
        return known == null ? NOTHING : known.view();
    }

    @Override
    public @Nullable StateOfGroup takeSnapshot(CPGroupId group, long commitIndex) {
        GroupMachine known = groups.get(group);
        return known == null ? null : new StateOfGroup(known.state());
    }

    @Override
    public void restoreSnapshot(CPGroupId group, long commitIndex, StateOfGroup snapshot) {
        machine(group).restore(snapshot.state());
        onChange.allChanged();
    }

    @Override
    public void init(NodeEngine engine, Properties properties) {
        engine.getExecutionService().register(READS, READ_THREADS, READS_WAITING_MAX, ExecutorType.CACHED);
        states = new OutgoingStates(engine);
    }

    /** What other members are sent of the groups' states. */
    OutgoingStates states() {
        if (states == null) {
            throw new IllegalStateException("the member has not started");
        }
        return states;
    }

    @Override
    public void reset() {}

    @Override
    public void shutdown(boolean terminate) {}
}
