package dev.tandem.store.raft.member;

import com.hazelcast.cp.internal.RaftEndpointImpl;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who this member is in a group, and who the group began with.
 *
 * @param self this member
 * @param initial the group's first members, this one's not needed among them
 */
record GroupIdentity(RaftEndpoint self, List<RaftEndpoint> initial) {

    static byte[] encode(RaftEndpoint self, Collection<RaftEndpoint> initial) {
        List<RaftEndpoint> all = new ArrayList<>();
        all.add(self);
        initial.stream().sorted(Comparator.comparing(RaftEndpoint::getUuid)).forEach(all::add);
        return Encoding.endpoints(0, all);
    }

    static GroupIdentity decode(byte[] bytes) {
        List<RaftEndpoint> all = Encoding.endpoints(ByteBuffer.wrap(bytes).position(Long.BYTES));
        return new GroupIdentity(all.get(0), List.copyOf(all.subList(1, all.size())));
    }

    /** A name that two clusters do not share: it is made of the random ids of the members that a group began with. */
    static UUID cluster(Collection<RaftEndpoint> initial) {
        return UUID.nameUUIDFromBytes(encode(new RaftEndpointImpl(new UUID(0, 0)), initial));
    }

    /** That of a member's cluster; null if it has not voted in the groups' group, and does not know. */
    static @Nullable UUID cluster(RaftService raft) {
        RaftNode metadata = raft.getRaftNode(raft.getMetadataGroupId());
        return metadata == null ? null : cluster(metadata.getInitialMembers());
    }
}
