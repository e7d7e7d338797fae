package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.NodeEngineImpl;
import dev.tandem.task.CodecException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a member knows of its cluster and of the groups that it votes in, as it tells others. */
final class MemberView implements IdentifiedDataSerializable {
    private static final int FORMAT = 1;

    private @Nullable UUID cluster;
    private boolean leadsNoMore;
    private List<Group> groups;

    /**
     * A group as the member sees it. The numbers are read beside the group's own thread: each is right, they need not fit.
     *
     * @param number the group's
     * @param leader null if nobody leads it as far as the member knows
     * @param applied the last entry that the member has applied
     */
    record Group(int number, int term, @Nullable CPMember leader, long applied) {}

    MemberView() {
        this(null, false, List.of());
    }

    /**
     * @param cluster the cluster's own name; null if the member does not know it
     * @param leadsNoMore whether it is to be given no group to lead: it is about to end, or too slow
     */
    MemberView(@Nullable UUID cluster, boolean leadsNoMore, List<Group> groups) {
        this.cluster = cluster;
        this.leadsNoMore = leadsNoMore;
        this.groups = groups;
    }

    static MemberView of(NodeEngineImpl engine) {
        RaftService raft = engine.getService(RaftService.SERVICE_NAME);
        List<Group> groups = new ArrayList<>();
        for (RaftNode each : raft.getAllRaftNodes()) {
            if (RaftMember.isNumbered(each.getGroupId()) && !each.isTerminatedOrSteppedDown()) {
                RaftNodeImpl node = (RaftNodeImpl) each;
                RaftEndpoint leader = node.getLeader();
                groups.add(new Group(
                        RaftMember.number(node.getGroupId()),
                        node.state().term(),
                        leader == null
                                ? null
                                : raft.getInvocationManager()
                                        .getRaftInvocationContext()
                                        .getCPMember(leader.getUuid()),
                        node.state().lastApplied()));
            }
        }
        MemberExtension extension = (MemberExtension) engine.getNode().getNodeExtension();
        boolean leadsNoMore = extension.isLeaving() || extension.threads().areSlow();
        return new MemberView(GroupIdentity.cluster(raft), leadsNoMore, groups);
    }

    @Nullable
    UUID cluster() {
        return cluster;
    }

    boolean leadsNoMore() {
        return leadsNoMore;
    }

    /** Those that it votes in. */
    List<Group> groups() {
        return groups;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.VIEW;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        writeId(cluster, out);
        out.writeBoolean(leadsNoMore);
        out.writeInt(groups.size());
        for (Group group : groups) {
            out.writeInt(group.number);
            out.writeInt(group.term);
            out.writeLong(group.applied);
            writeId(group.leader == null ? null : group.leader.getUuid(), out);
            if (group.leader != null) {
                Address address = group.leader.getAddress();
                out.writeString(address.getHost());
                out.writeInt(address.getPort());
            }
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        int format = in.readUnsignedByte();
        if (format != FORMAT) {
            throw new CodecException("another member tells of itself in format " + format
                    + ", and this version of Tandem knows format " + FORMAT + ": bring all members to one version");
        }
        cluster = readId(in);
        leadsNoMore = in.readBoolean();
        groups = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            int number = in.readInt();
            int term = in.readInt();
            long applied = in.readLong();
            UUID leader = readId(in);
            groups.add(new Group(
                    number,
                    term,
                    leader == null ? null : new CPMemberInfo(leader, new Address(in.readString(), in.readInt())),
                    applied));
        }
    }

    private static void writeId(@Nullable UUID id, ObjectDataOutput out) throws IOException {
        out.writeBoolean(id != null);
        if (id != null) {
            out.writeLong(id.getMostSignificantBits());
            out.writeLong(id.getLeastSignificantBits());
        }
    }

    private static @Nullable UUID readId(ObjectDataInput in) throws IOException {
        return in.readBoolean() ? new UUID(in.readLong(), in.readLong()) : null;
    }
}
