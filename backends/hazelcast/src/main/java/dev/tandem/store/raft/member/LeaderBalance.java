package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.state.LeaderState;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import com.hazelcast.spi.impl.NodeEngineImpl;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Spreads the groups' leaders evenly over the voting members that are there.
 *
 * <p>Each member looks for itself at what all of them see, and comes to the same: the one that leads most, and has the lowest
 * id of those, hands a group over to one that leads at least two fewer and is up to date. It does so when nothing has changed
 * for a while, and one at a time, so that members that come and go are not in each other's way, and no leader goes to and fro.
 * Calls wait for the new leader for some milliseconds.
 */
final class LeaderBalance implements Runnable {
    static final long PERIOD_MILLIS = 100;

    /** For how long nothing may have changed. */
    private static final long CALM_MILLIS = 500;

    /** How many entries one that is up to date may lack. */
    private static final long LACKING_MAX = 100;

    private final NodeEngineImpl engine;
    private final RaftService raft;
    private @Nullable Look last;
    private long calmSinceNanos;
    private int turn;

    /** What there is to see. */
    private record Look(Map<Integer, UUID> leaders, Map<Integer, Integer> terms, Set<UUID> present) {}

    /** A group that its leader is to give away, and who may have it, the best first. */
    record Move(int group, List<UUID> to) {}

    LeaderBalance(NodeEngineImpl engine) {
        this.engine = engine;
        this.raft = engine.getService(RaftService.SERVICE_NAME);
    }

    /** What the member {@code self} is to do, if anything. Groups that it leads take turns. */
    static @Nullable Move next(Map<Integer, UUID> leaders, Set<UUID> present, UUID self, int turn) {
        Map<UUID, Integer> counts = counts(leaders, present);
        int most = counts.values().stream().max(Comparator.naturalOrder()).orElse(0);
        UUID first = counts.entrySet().stream()
                .filter(each -> each.getValue() == most)
                .map(Map.Entry::getKey)
                .min(Comparator.naturalOrder())
                .orElse(null);
        List<UUID> to = present.stream()
                .filter(each -> counts.getOrDefault(each, 0) <= most - 2)
                .sorted(Comparator.comparing((UUID each) -> counts.getOrDefault(each, 0))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
        if (!self.equals(first) || to.isEmpty()) {
            return null;
        }
        List<Integer> own = leaders.keySet().stream()
                .filter(group -> self.equals(leaders.get(group)))
                .sorted()
                .toList();
        return new Move(own.get(turn % own.size()), to);
    }

    private static Map<UUID, Integer> counts(Map<Integer, UUID> leaders, Set<UUID> present) {
        Map<UUID, Integer> counts = new HashMap<>();
        present.forEach(each -> counts.put(each, 0));
        leaders.values().forEach(each -> counts.merge(each, 1, Integer::sum));
        return counts;
    }

    /** The members that are there and could lead a group as well as this one, the one that leads least first. */
    List<CPMemberInfo> others(RaftNode group) {
        Look now = look();
        Map<UUID, Integer> counts = counts(now.leaders, now.present);
        return group.getAppliedMembers().stream()
                .map(RaftEndpoint::getUuid)
                .filter(each -> now.present.contains(each)
                        && !each.equals(group.getLocalMember().getUuid()))
                .sorted(Comparator.comparing(counts::get))
                .map(this::member)
                .toList();
    }

    private CPMemberInfo member(UUID voter) {
        return (CPMemberInfo)
                raft.getInvocationManager().getRaftInvocationContext().getCPMember(voter);
    }

    @Override
    public void run() {
        CPMemberInfo self = raft.getLocalCPMember();
        if (self == null || extension().isLeaving()) {
            return;
        }
        Look now = look();
        boolean isWhole = now.present.containsAll(now.leaders.values()) && now.leaders.size() == now.terms.size();
        if (!isWhole || !now.equals(last)) {
            last = now;
            calmSinceNanos = System.nanoTime();
        } else if (System.nanoTime() - calmSinceNanos > TimeUnit.MILLISECONDS.toNanos(CALM_MILLIS)) {
            Move move = next(now.leaders, now.present, self.getUuid(), turn);
            if (move != null) {
                turn++;
                calmSinceNanos = System.nanoTime();
                raft.getAllRaftNodes().stream()
                        .filter(node -> RaftMember.isNumbered(node.getGroupId())
                                && RaftMember.number(node.getGroupId()) == move.group)
                        .forEach(node -> ((RaftNodeImpl) node).execute(() -> offer((RaftNodeImpl) node, move.to)));
            }
        }
    }

    private Look look() {
        Map<Integer, UUID> leaders = new TreeMap<>();
        Map<Integer, Integer> terms = new TreeMap<>();
        Set<UUID> present = new TreeSet<>();
        for (RaftNode node : raft.getAllRaftNodes()) {
            if (RaftMember.isNumbered(node.getGroupId()) && node.getStatus() == RaftNodeStatus.ACTIVE) {
                int number = RaftMember.number(node.getGroupId());
                RaftEndpoint leader = node.getLeader();
                terms.put(number, ((RaftNodeImpl) node).state().term());
                if (leader != null) {
                    leaders.put(number, leader.getUuid());
                }
                node.getAppliedMembers().stream()
                        .map(RaftEndpoint::getUuid)
                        .filter(this::isPresent)
                        .forEach(present::add);
            }
        }
        return new Look(leaders, terms, present);
    }

    private boolean isPresent(UUID voter) {
        CPMember member = raft.getInvocationManager().getRaftInvocationContext().getCPMember(voter);
        return member != null && engine.getClusterService().getMember(member.getAddress()) != null;
    }

    /** On the group's thread: asks the first that is up to date. */
    private void offer(RaftNodeImpl node, List<UUID> to) {
        RaftState state = node.state();
        LeaderState leader = state.leaderState();
        if (leader == null || node.getStatus() != RaftNodeStatus.ACTIVE || state.leadershipTransferState() != null) {
            return;
        }
        long enough = state.log().lastLogOrSnapshotIndex() - LACKING_MAX;
        leader.getFollowerStates().entrySet().stream()
                .filter(each -> to.contains(each.getKey().getUuid())
                        && each.getValue().matchIndex() > 0
                        && each.getValue().matchIndex() >= enough)
                .map(each -> each.getKey().getUuid())
                .min(Comparator.comparing(to::indexOf))
                .ifPresent(chosen -> ask(node, member(chosen)));
    }

    /** Hands the group over, unless the other one is about to leave, or would lose it again because its disk is slow. */
    private void ask(RaftNode node, CPMemberInfo to) {
        var unused = engine.getOperationService()
                .createInvocationBuilder(RaftService.SERVICE_NAME, new ViewOperation(), to.getAddress())
                .setTryCount(1)
                .<MemberView>invoke()
                .whenCompleteAsync((view, failure) -> handOver(node, to, view), Runnable::run);
    }

    private void handOver(RaftNode node, CPMemberInfo to, @Nullable MemberView view) {
        if (view != null && !view.leadsNoMore() && !extension().isLeaving()) {
            var unused = node.transferLeadership(to.toRaftEndpoint());
        }
    }

    private MemberExtension extension() {
        return (MemberExtension) engine.getNode().getNodeExtension();
    }
}
