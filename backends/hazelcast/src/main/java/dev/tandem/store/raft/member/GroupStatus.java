package dev.tandem.store.raft.member;

import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import dev.tandem.store.raft.log.LogStatus;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a group stands on one member. The numbers are read beside the group's own thread: each is right, they need not fit.
 *
 * @param group its name
 * @param number from 1 on; 0 for the groups' own group, which knows the members that vote
 * @param leader who leads it as far as this member knows, by its id among those that vote; null if nobody does
 * @param leading whether this member does
 * @param term the term
 * @param commitIndex the last entry that is known to be committed
 * @param appliedIndex the last entry that was applied
 * @param log the log on disk; null if it is not open
 */
public record GroupStatus(
        String group,
        int number,
        @Nullable UUID leader,
        boolean leading,
        int term,
        long commitIndex,
        long appliedIndex,
        @Nullable LogStatus log) {

    static GroupStatus of(RaftNodeImpl node, Persistence persistence) {
        RaftState state = node.state();
        RaftEndpoint leader = node.getLeader();
        RaftGroupId id = (RaftGroupId) node.getGroupId();
        return new GroupStatus(
                id.getName(),
                (int) id.getId(),
                leader == null ? null : leader.getUuid(),
                node.getLocalMember().equals(leader),
                state.term(),
                state.commitIndex(),
                state.lastApplied(),
                persistence.status(id));
    }
}
