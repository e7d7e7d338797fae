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
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.state.FollowerState;
import com.hazelcast.cp.internal.raft.impl.state.LeaderState;
import com.hazelcast.cp.internal.raft.impl.state.LeadershipTransferState;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.internal.server.ServerConnectionManager;
import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.impl.operationservice.impl.RaftInvocationContext;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

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
    private final GroupCalls calls;
    private final Leads leads;
    private final GroupLeaders leaders;
    private final GroupThreads threads;
    private final LogMemory logs;

    /** When each group was first seen without a leader, or last asked for votes; used on the groups' threads. */
    private final Map<RaftNode, Long> nextAskNanos = new ConcurrentHashMap<>();

    /** The groups whose leader had no connection when it was looked at last. */
    private final Set<RaftNode> disconnected = ConcurrentHashMap.newKeySet();

    LeaderWatch(
            NodeEngineImpl engine,
            GroupCalls calls,
            Leads leads,
            GroupLeaders leaders,
            GroupThreads threads,
            LogMemory logs) {
        this.logs = logs;
        this.engine = engine;
        this.calls = calls;
        this.leads = leads;
        this.leaders = leaders;
        this.threads = threads;
        this.raft = engine.getService(RaftService.SERVICE_NAME);
    }

    @Override
    public void run() {
        correctAddresses();
        lookForTheLost();
        Set<RaftNode> watched = new HashSet<>();
        for (RaftNode node : raft.getAllRaftNodes()) {
            if (!node.isTerminatedOrSteppedDown() && node.getStatus() != RaftNodeStatus.INITIAL) {
                watched.add(node);
                look((RaftNodeImpl) node);
            }
        }
        threads.retain(watched);
        nextAskNanos.keySet().removeIf(RaftNode::isTerminatedOrSteppedDown);
        disconnected.removeIf(RaftNode::isTerminatedOrSteppedDown);
        leaders.check();
        calls.check();
    }

    /** On the group's thread, unless that has not come to the last look yet. */
    private void look(RaftNodeImpl node) {
        if (threads.begin(node)) {
            node.execute(() -> {
                threads.end(node);
                check(node);
            });
        }
    }

    /** On the group's thread, between entries. */
    private void check(RaftNodeImpl node) {
        leads.look(node);
        logs.trim(node);
        hurryHandOver(node);
        RaftState state = node.state();
        RaftEndpoint leader = state.leader();
        boolean led = leader != null && !node.isHeartbeatTimedOut() && !disconnected(node, leader);
        if (led || state.role() != RaftRole.FOLLOWER || node.isTerminatedOrSteppedDown()) {
            nextAskNanos.remove(node);
            return;
        }
        long now = System.nanoTime();
        long turn = TimeUnit.MILLISECONDS.toNanos(STAGGER_MILLIS * place(state));
        long next = nextAskNanos.computeIfAbsent(node, first -> now + turn);
        if (leader != null) {
            // At once, as a member that has a leader votes for nobody.
            node.leader(null);
        }
        if (now - next >= 0) {
            nextAskNanos.put(node, now + TimeUnit.MILLISECONDS.toNanos(AGAIN_MILLIS) + turn);
            askForVotes(node);
        }
    }

    /** As Hazelcast's own task would, but for that this one does not ask again by itself for as long as there is no leader. */
    private static void askForVotes(RaftNodeImpl node) {
        RaftState state = node.state();
        state.initPreCandidateState();
        LogEntry last = state.log().lastLogOrSnapshotEntry();
        PreVoteRequest request = new PreVoteRequest(node.getLocalMember(), state.term() + 1, last.term(), last.index());
        for (RaftEndpoint member : state.remoteMembers()) {
            node.send(request, member);
        }
    }

    /** Hazelcast itself has another look after up to half a second, and takes nothing on before. */
    private static void hurryHandOver(RaftNodeImpl node) {
        RaftState state = node.state();
        LeadershipTransferState handOver = state.leadershipTransferState();
        LeaderState leader = state.leaderState();
        if (handOver == null
                || leader == null
                || state.commitIndex() < state.log().lastLogOrSnapshotIndex()) {
            return;
        }
        FollowerState to = leader.getFollowerStates().get(handOver.endpoint());
        if (to != null) {
            to.resetRequestBackoff();
            node.sendAppendRequest(handOver.endpoint());
            LogEntry last = state.log().lastLogOrSnapshotEntry();
            node.send(
                    new TriggerLeaderElection(node.getLocalMember(), state.term(), last.term(), last.index()),
                    handOver.endpoint());
        }
    }

    /**
     * Whether there has been no connection for longer than a moment: a process that was killed closes its connections, one that
     * is cut off does not. Where two members have called each other at once, one connection is closed, too.
     */
    private boolean disconnected(RaftNode node, RaftEndpoint leader) {
        CPMember member = raft.getInvocationManager().getRaftInvocationContext().getCPMember(leader.getUuid());
        ServerConnection connection = member == null ? null : connections().get(member.getAddress());
        if (member == null || (connection != null && connection.isAlive())) {
            disconnected.remove(node);
            return false;
        }
        return !disconnected.add(node);
    }

    private ServerConnectionManager connections() {
        return engine.getNode().getServer().getConnectionManager(EndpointQualifier.MEMBER);
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

    /** Tries to reach those that no connection leads to, as calls that wait for a dead one end when it is known to be dead. */
    private void lookForTheLost() {
        for (Member member : engine.getClusterService().getMembers()) {
            if (!member.localMember() && connections().get(member.getAddress()) == null) {
                connections().getOrConnect(member.getAddress(), true);
            }
        }
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
