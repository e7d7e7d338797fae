package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Member;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import com.hazelcast.cp.internal.raft.impl.task.PreVoteTask;
import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.impl.operationservice.impl.RaftInvocationContext;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sees to it that a leader that is gone is missed soon, and that members are found at their new addresses.
 *
 * <p>Hazelcast's own followers look after their leader at random times up to a second apart on top of the election timeout,
 * however short that is. Here they look every {@link #PERIOD_MILLIS}, and ask for votes as Hazelcast would; who asks first is
 * decided by the members' order in the group, so that they do not take each other's votes away.
 */
final class LeaderWatch implements Runnable {
    static final long PERIOD_MILLIS = 25;

    /** How much later than the one before it a member asks for votes; longer than a vote takes. */
    private static final long STAGGER_MILLIS = 75;

    /** After how long votes are asked for again. */
    private static final long AGAIN_MILLIS = 300;

    private final NodeEngineImpl engine;
    private final RaftService raft;

    /** When each group was first seen without a leader, or last asked for votes; used on the groups' threads. */
    private final Map<RaftNode, Long> nextAskNanos = new ConcurrentHashMap<>();

    LeaderWatch(NodeEngineImpl engine) {
        this.engine = engine;
        this.raft = engine.getService(RaftService.SERVICE_NAME);
    }

    @Override
    public void run() {
        correctAddresses();
        for (RaftNode node : raft.getAllRaftNodes()) {
            RaftNodeImpl checked = (RaftNodeImpl) node;
            if (!node.isTerminatedOrSteppedDown() && node.getStatus() != RaftNodeStatus.INITIAL) {
                checked.execute(() -> check(checked));
            }
        }
        nextAskNanos.keySet().removeIf(RaftNode::isTerminatedOrSteppedDown);
    }

    /** On the group's thread. */
    private void check(RaftNodeImpl node) {
        RaftState state = node.state();
        if (node.isTerminatedOrSteppedDown() || state.role() != RaftRole.FOLLOWER) {
            nextAskNanos.remove(node);
            return;
        }
        if (state.leader() != null && !node.isHeartbeatTimedOut()) {
            nextAskNanos.remove(node);
            return;
        }
        long now = System.nanoTime();
        Long next = nextAskNanos.get(node);
        if (next == null) {
            nextAskNanos.put(node, now + STAGGER_MILLIS * place(state) * 1_000_000);
        } else if (now - next >= 0) {
            nextAskNanos.put(node, now + (AGAIN_MILLIS + STAGGER_MILLIS * place(state)) * 1_000_000);
            if (state.leader() != null) {
                node.leader(null);
            }
            new PreVoteTask(node, state.term()).run();
        }
    }

    private static int place(RaftState state) {
        int place = 0;
        for (RaftEndpoint member : state.members()) {
            if (member.getUuid().compareTo(state.localEndpoint().getUuid()) < 0 && !member.equals(state.leader())) {
                place++;
            }
        }
        return place;
    }

    /** Whether this member can be told who the voters are. If not, it may have to help to elect who could tell. */
    private boolean knowsLeaderOfGroups() {
        RaftNode metadata = raft.getRaftNode(raft.getMetadataGroupId());
        return metadata == null || metadata.getLeader() != null;
    }

    /** Hazelcast's open edition does not notice that a voter is back at another address. */
    private void correctAddresses() {
        Collection<Member> members = engine.getClusterService().getMembers();
        RaftInvocationContext known = raft.getInvocationManager().getRaftInvocationContext();
        for (Member member : members) {
            String voter = member.getAttribute(MemberExtension.Attributes.VOTER);
            if (voter != null) {
                UUID uuid = UUID.fromString(voter);
                CPMember before = known.getCPMember(uuid);
                if (before == null
                        ? !knowsLeaderOfGroups()
                        : !before.getAddress().equals(member.getAddress())) {
                    known.updateMember(new CPMemberInfo(uuid, member.getAddress()));
                }
            }
        }
    }
}
