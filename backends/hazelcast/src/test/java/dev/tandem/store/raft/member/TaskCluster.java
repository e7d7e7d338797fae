package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.IndeterminateOperationStateAware;
import com.hazelcast.cp.internal.RaftOp;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.raft.HostedGroups;
import dev.tandem.store.raft.log.LogSettings;
import dev.tandem.store.raft.state.GroupState;
import java.nio.file.Path;
import java.util.List;

/** Three members in this process that host tasks. */
public final class TaskCluster implements AutoCloseable {
    public static final int MEMBERS = 3;

    /** Small enough that states are taken, and written, in a test of seconds. */
    private static final int STATE_ENTRIES = 200;

    private static final int SEGMENT_BYTES = 512 * 1024;

    private final Cluster cluster;
    private final int groups;

    private TaskCluster(Cluster cluster, int groups) {
        this.cluster = cluster;
        this.groups = groups;
    }

    /** Starts the members, and waits until they can be used. */
    public static TaskCluster start(Path folder, int groups) throws Exception {
        Cluster cluster = new Cluster(
                folder,
                MEMBERS,
                options -> options.withGroups(groups)
                        .withLog(new LogSettings(SEGMENT_BYTES, SEGMENT_BYTES / 2), STATE_ENTRIES));
        cluster.start().ready();
        return new TaskCluster(cluster, groups);
    }

    /** The groups as one of the members reaches them. */
    public HostedGroups groups(int member) {
        Cluster.Slot slot = cluster.slots.get(member);
        return new MemberGroups(slot.member(), slot.tasks);
    }

    /** The member that leads a group. */
    public int leader(int group) throws InterruptedException {
        Cluster.awaitTrue("group " + group + " has a leader", () -> cluster.leader(group) != null);
        return cluster.slots.indexOf(cluster.leader(group));
    }

    /** Waits until each member leads one group, there being as many; then no leader is moved by itself. */
    public void awaitEven() throws InterruptedException {
        cluster.awaitEven();
    }

    /** Ends a member as a crash would. */
    public void terminate(int member) throws Exception {
        cluster.terminate(cluster.slots.get(member));
    }

    /** Starts the members that do not run, and waits until all can be used. */
    public void startMissing() throws Exception {
        cluster.start().ready();
    }

    /** Cuts a member off from the others, as a cable that is pulled does. */
    public void cutOff(int member) {
        Cluster.Slot slot = cluster.slots.get(member);
        Firewall.cutOff(
                List.of(slot),
                cluster.slots.stream().filter(other -> other != slot).toList());
    }

    /** Undoes {@link #cutOff}. */
    public void heal() {
        Firewall.heal(cluster.slots.stream().filter(slot -> slot.member != null).toList());
    }

    /** Ends all members at once, and starts them with what they have on disk. */
    public void restart() throws Exception {
        cluster.terminateAll();
        cluster.start().ready();
    }

    /** Forgets all that was written, on all members. */
    public void clear() {
        for (int group = 1; group <= groups; group++) {
            Cluster.await(
                    cluster.slots.get(0).member().invoke(cluster.context, group, new Clear(), Cluster.CALL_MILLIS));
        }
    }

    @Override
    public void close() {
        cluster.close();
    }

    /** Puts the group's state back to the first one. */
    static final class Clear extends RaftOp implements IdentifiedDataSerializable, IndeterminateOperationStateAware {
        @Override
        public boolean isRetryableOnIndeterminateOperationState() {
            return true;
        }

        @Override
        public Object run(CPGroupId group, long commitIndex) {
            this.<TaskService>getService().restoreSnapshot(group, commitIndex, new StateOfGroup(GroupState.empty()));
            return true;
        }

        @Override
        protected String getServiceName() {
            return TaskService.NAME;
        }

        @Override
        public int getFactoryId() {
            return CounterTypes.FACTORY;
        }

        @Override
        public int getClassId() {
            return CounterTypes.CLEAR;
        }

        @Override
        public void writeData(ObjectDataOutput out) {}

        @Override
        public void readData(ObjectDataInput in) {}
    }
}
