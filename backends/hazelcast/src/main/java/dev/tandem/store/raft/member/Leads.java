package dev.tandem.store.raft.member;

import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import dev.tandem.store.raft.HostedGroups.Lead;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Which of the groups of tasks a member leads, as it knows itself. */
final class Leads {
    /** By group, each changed on the group's own thread. */
    private final Map<RaftGroupId, Lead> byGroup = new ConcurrentHashMap<>();

    private volatile Runnable listener = () -> {};

    /** Called on the group's thread whenever it may have changed. */
    void look(RaftNodeImpl node) {
        if (!(node.getGroupId() instanceof RaftGroupId group) || !RaftMember.isNumbered(group)) {
            return;
        }
        RaftState state = node.state();
        boolean leading = state.role() == RaftRole.LEADER && !node.isTerminatedOrSteppedDown();
        Lead now = leading ? new Lead(RaftMember.number(group), state.term()) : null;
        if (!Objects.equals(now, replace(group, now))) {
            listener.run();
        }
    }

    private @Nullable Lead replace(RaftGroupId group, @Nullable Lead now) {
        return now == null ? byGroup.remove(group) : byGroup.put(group, now);
    }

    List<Lead> all() {
        return List.copyOf(byGroup.values());
    }

    /** Has {@code listener} called after each change, on a group's thread, instead of the one before. */
    void onChange(Runnable listener) {
        this.listener = listener;
    }
}
