package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Member;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.spi.impl.NodeEngineImpl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who leads each group: as this member's own Raft says, or, where it does not vote, or its disk stands still, as another one has
 * told it.
 *
 * <p>Such a member asks another one now and then, and stays with it as long as that one answers and knows all leaders. Safe for use
 * by several threads.
 */
final class GroupLeaders {
    private static final long ASK_PERIOD_MILLIS = 100;

    /** After how long the next member is asked. */
    private static final long ANSWER_MILLIS_MAX = 500;

    private final NodeEngineImpl engine;
    private final RaftService raft;
    private final GroupThreads threads;
    private final Map<Integer, MemberView.Group> told = new ConcurrentHashMap<>();
    private volatile Runnable onChange = () -> {};
    private long askedNanos = System.nanoTime();

    /** The question under way, known by being itself; null if there is none. */
    private @Nullable Object question;

    /** The place, among the members there are, of the one to ask. */
    private int asked;

    GroupLeaders(NodeEngineImpl engine, GroupThreads threads) {
        this.engine = engine;
        this.threads = threads;
        this.raft = engine.getService(RaftService.SERVICE_NAME);
    }

    /** The leader as far as is known, or null. */
    @Nullable
    CPMember of(RaftGroupId group) {
        RaftNode node = raft.getRaftNode(group);
        boolean votes = node != null && !node.isTerminatedOrSteppedDown();
        MemberView.Group known = told.get(RaftMember.number(group));
        if (!votes
                || (known != null
                        && known.term() > ((RaftNodeImpl) node).state().term())) {
            return known == null ? null : known.leader();
        }
        RaftEndpoint leader = node.getLeader();
        return leader == null
                ? null
                : raft.getInvocationManager().getRaftInvocationContext().getCPMember(leader.getUuid());
    }

    /** Has {@code listener} called when others have applied something that is not applied here, for there is no vote here. */
    void onChange(Runnable listener) {
        onChange = listener;
    }

    /** Asks, if it is time to, and there is something to ask. Called now and then. */
    void check() {
        if (raft.getLocalCPMember() != null && !threads.areHeldUp()) {
            return;
        }
        List<Member> others = new ArrayList<>(engine.getClusterService().getMembers());
        others.removeIf(Member::localMember);
        Object asking = new Object();
        Member next;
        synchronized (this) {
            long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - askedNanos);
            if (others.isEmpty() || passed < (question == null ? ASK_PERIOD_MILLIS : ANSWER_MILLIS_MAX)) {
                return;
            }
            if (question != null) {
                asked++;
            }
            question = asking;
            askedNanos = System.nanoTime();
            next = others.get(Math.floorMod(asked, others.size()));
        }
        var unused = engine.getOperationService()
                .createInvocationBuilder(RaftService.SERVICE_NAME, new ViewOperation(), next.getAddress())
                .setTryCount(1)
                .<MemberView>invoke()
                .whenCompleteAsync((view, failure) -> answered(asking, view), Runnable::run);
    }

    private void answered(Object asking, @Nullable MemberView view) {
        boolean changed = false;
        synchronized (this) {
            if (question != asking) {
                return;
            }
            question = null;
            if (view == null || view.groups().isEmpty()) {
                asked++;
                return;
            }
            for (MemberView.Group group : view.groups()) {
                MemberView.Group before = told.get(group.number());
                if (before == null || group.term() >= before.term()) {
                    told.put(group.number(), group);
                }
                changed |= before == null || group.applied() > before.applied();
            }
            if (view.groups().stream().anyMatch(group -> group.leader() == null)) {
                // It may be cut off from the others.
                asked++;
            }
        }
        if (changed) {
            onChange.run();
        }
    }
}
