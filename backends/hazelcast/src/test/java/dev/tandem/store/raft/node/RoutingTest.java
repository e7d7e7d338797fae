package dev.tandem.store.raft.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.FailureKind;
import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.node.NodesStatus.State;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Where calls go, and go again, and what their callers are told. */
class RoutingTest extends ScriptedNodes {
    private final ScriptedGroups one = ScriptedGroups.create(2);
    private final ScriptedGroups two = one.another();

    private void awaitLeads(NodeGroups groups, int index, Integer... expected) throws InterruptedException {
        awaitTrue(
                "node " + index + " leads " + List.of(expected),
                () -> node(groups, index).leads().equals(List.of(expected)));
    }

    @Test
    void call_ofAGroup_goesToItsLeader() throws Exception {
        one.lead(1, 1);
        two.lead(1, 2);
        NodeGroups groups = connect(address(serve(one)), address(serve(two)));
        awaitLeads(groups, 0, 1);
        awaitLeads(groups, 1, 2);
        for (int i = 0; i < 5; i++) {
            assertThat(outcome(create(groups, 1, "a" + i))).isInstanceOf(Outcome.Applied.class);
            assertThat(StoreCalls.await(get(groups, 1, "a" + i, TRY_MILLIS))).isNotEqualTo(Optional.empty());
        }
        assertThat(one.asked()).isEqualTo(10);
        assertThat(two.asked()).isZero();
        assertThat(outcome(create(groups, 2, "b"))).isInstanceOf(Outcome.Applied.class);
        assertThat(two.asked()).isEqualTo(1);
    }

    @Test
    void leader_ofAHigherTerm_isBelieved() throws Exception {
        one.lead(3, 1, 2);
        two.lead(4, 1, 2);
        NodeGroups groups = connect(address(serve(one)), address(serve(two)));
        awaitLeads(groups, 0, 1, 2);
        awaitLeads(groups, 1, 1, 2);
        assertThat(outcome(create(groups, 1, "a"))).isInstanceOf(Outcome.Applied.class);
        assertThat(two.asked()).isEqualTo(1);
        one.lead(5, 1, 2);
        awaitTrue("calls go to the leader of the newer term", () -> {
            int before = one.asked();
            StoreCalls.await(get(groups, 1, "a", TRY_MILLIS));
            return one.asked() > before;
        });
    }

    @Test
    void call_withoutAnyLeader_goesToAnyNode() throws Exception {
        NodeGroups groups = connect(address(serve(one)), address(serve(two)));
        awaitTrue("both are up", () -> node(groups, 1).state() == State.UP);
        for (int i = 0; i < 4; i++) {
            assertThat(outcome(create(groups, 1, "a" + i))).isInstanceOf(Outcome.Applied.class);
        }
        assertThat(one.asked()).isEqualTo(2);
        assertThat(two.asked()).isEqualTo(2);
    }

    @Test
    void call_underWay_goesToTheNextLeaderAndIsAppliedOnce() throws Exception {
        one.lead(1, 1, 2);
        NodeGroups groups = connect(address(serve(one)), address(serve(two)));
        awaitLeads(groups, 0, 1, 2);
        awaitTrue("both are up", () -> node(groups, 1).state() == State.UP);
        one.hold();
        Future<TaskGroups.Applied> call = create(groups, 1, "a");
        awaitTrue("it is under way", () -> one.asked() == 1);

        two.lead(2, 1, 2);

        assertThat(outcome(call)).isInstanceOf(Outcome.Applied.class);
        assertThat(two.asked()).isEqualTo(1);
        assertThat(groups.status().counts().callsResent()).isEqualTo(1);
        one.release();
        Optional<?> task = (Optional<?>) StoreCalls.await(get(groups, 1, "a", TRY_MILLIS));
        assertThat(task)
                .as("the one that came late changed nothing")
                .map(Object::toString)
                .hasValueSatisfying(text -> assertThat(text).contains("version=1"));
    }

    @Test
    void call_whoseNodeEnds_goesToAnother() throws Exception {
        one.lead(1, 1, 2);
        NodeServer first = serve(one);
        NodeGroups groups = connect(address(first), address(serve(two)));
        awaitLeads(groups, 0, 1, 2);
        awaitTrue("both are up", () -> node(groups, 1).state() == State.UP);
        one.hold();
        Future<TaskGroups.Applied> write = create(groups, 1, "a");
        Future<Object> read = get(groups, 2, "b", TRY_MILLIS);
        awaitTrue("they are under way", () -> one.asked() == 2);

        StoreCalls.await(first.shut());

        assertThat(outcome(write)).isInstanceOf(Outcome.Applied.class);
        assertThat(StoreCalls.await(read)).isEqualTo(Optional.empty());
        assertThat(node(groups, 0).state()).isEqualTo(State.DOWN);
        assertThat(node(groups, 0).why()).isNotBlank();
    }

    @Test
    void call_withoutAnyNode_waitsForOne() throws Exception {
        NodeServer first = serve(one);
        Proxy proxy = proxy(first);
        NodeGroups groups = connect(proxy.address());
        StoreCalls.await(first.shut());
        Future<TaskGroups.Applied> call = create(groups, 1, "a");
        awaitTrue("the node is missed", () -> node(groups, 0).state() == State.DOWN);
        assertThat(call.isComplete()).isFalse();

        // At a port of its own: anyone may have taken the first one's.
        proxy.leadTo(serve(one).port());

        assertThat(outcome(call)).isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void command_longerThanTheNodeTakes_isRefusedUnsent() throws Exception {
        int bytesMax = 2 * 1024 * 1024;
        NodeServer small = serve(
                one,
                NodeServerOptions.builder(NodeCluster.HOST, 0)
                        .messageBytesMax(bytesMax)
                        .build());
        NodeGroups groups = connect(address(small));
        TaskSpec spec = Tasks.spec().withPayload(Bytes.of(new byte[bytesMax]));
        Batch large =
                new Batch(UUID.randomUUID(), 1, 1, List.of(TaskCommand.of(NAMESPACE, 1_000, Tasks.create("a", spec))));

        Future<TaskGroups.Applied> call = apply(groups, 1, large, TRY_MILLIS);

        assertThat(kind(call)).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(failure(call)).hasMessageContaining("takes messages of " + bytesMax + " at most");
        assertThat(one.asked()).isZero();
        assertThat(outcome(create(groups, 1, "b"))).as("the link goes on").isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void deadline_ofWhatWasNeverSent_isNotApplied() throws Exception {
        NodeServer only = serve(one);
        NodeGroups groups = connect(address(only));
        StoreCalls.await(only.shut());
        awaitTrue("the node is missed", () -> node(groups, 0).state() == State.DOWN);
        Future<TaskGroups.Applied> call = apply(groups, 1, batch("a"), 150);
        assertThat(kind(call)).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(failure(call)).hasMessageContaining("no store node answered in time");
        assertThat(groups.status().counts().timedOut()).isEqualTo(1);
    }

    @Test
    void deadline_ofWhatWasSent_isMaybeAppliedForWritesOnly() throws Exception {
        one.lead(1, 1, 2);
        NodeGroups groups = connect(address(serve(one)));
        awaitLeads(groups, 0, 1, 2);
        one.hold();
        Future<TaskGroups.Applied> write = apply(groups, 1, batch("a"), 200);
        Future<Object> read = get(groups, 1, "a", 200);
        assertThat(kind(write)).isEqualTo(FailureKind.MAYBE_APPLIED);
        assertThat(kind(read)).isEqualTo(FailureKind.NOT_APPLIED);
    }

    @Test
    void close_withCallsUnderWay_failsThemAsTheyAre() throws Exception {
        NodeGroups groups = connect(address(serve(one)));
        one.hold();
        Future<TaskGroups.Applied> write = create(groups, 1, "a");
        Future<Object> read = get(groups, 1, "a", TRY_MILLIS);
        awaitTrue("they are under way", () -> one.asked() == 2);
        StoreCalls.await(groups.close());
        assertThat(kind(write)).isEqualTo(FailureKind.MAYBE_APPLIED);
        assertThat(kind(read)).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(kind(create(groups, 1, "b"))).isEqualTo(FailureKind.NOT_APPLIED);
    }

    @Test
    void node_thatIsSilent_isLeftAndComesBack() throws Exception {
        one.lead(1, 1, 2);
        Proxy proxy = proxy(serve(one));
        NodeGroups groups = connect(proxy.address(), address(serve(two)));
        awaitLeads(groups, 0, 1, 2);
        awaitTrue("both are up", () -> node(groups, 1).state() == State.UP);
        proxy.stall();
        assertThat(outcome(create(groups, 1, "a"))).isInstanceOf(Outcome.Applied.class);
        assertThat(two.asked()).isEqualTo(1);
        assertThat(node(groups, 0).state()).isEqualTo(State.DOWN);
        assertThat(node(groups, 0).why()).contains("silent");

        proxy.resume();

        awaitTrue("it is up again", () -> node(groups, 0).state() == State.UP);
        assertThat(outcome(create(groups, 1, "b"))).isInstanceOf(Outcome.Applied.class);
        assertThat(two.asked()).isEqualTo(1);
    }

    @Test
    void node_thatLeaves_isLeftWhenItHasAnswered() throws Exception {
        one.lead(1, 1, 2);
        NodeServer first = serve(one);
        NodeGroups groups = connect(address(first), address(serve(two)));
        awaitLeads(groups, 0, 1, 2);
        awaitTrue("both are up", () -> node(groups, 1).state() == State.UP);
        one.hold();
        Future<TaskGroups.Applied> before = create(groups, 1, "a");
        awaitTrue("it is under way", () -> one.asked() == 1);

        Future<Void> closed = first.close();

        awaitTrue("it says that it leaves", () -> node(groups, 0).state() == State.LEAVING);
        assertThat(outcome(create(groups, 1, "b"))).isInstanceOf(Outcome.Applied.class);
        assertThat(two.asked()).isEqualTo(1);
        assertThat(closed.isComplete()).isFalse();
        one.release();
        assertThat(outcome(before)).isInstanceOf(Outcome.Applied.class);
        StoreCalls.await(closed);
        assertThat(groups.status().counts().callsResent()).isZero();
    }

    @Test
    void reads_thatMayBeOlder_stayAtOneNode() throws Exception {
        one.lead(1, 1, 2);
        NodeGroups groups = connect(address(serve(one)), address(serve(two)));
        awaitTrue("both are up", () -> node(groups, 1).state() == State.UP);
        int before = one.asked();
        for (int i = 0; i < 10; i++) {
            StoreCalls.await(getHere(groups, 1 + i % 2, "a"));
        }
        assertThat(one.asked() - before).isIn(0, 10);
    }

    // ---- changes

    /** What was told. */
    private static final class Told implements ChangeListener {
        private final Set<String> namespaces = ConcurrentHashMap.newKeySet();
        private final AtomicInteger all = new AtomicInteger();

        @Override
        public void changed(int group, String namespace) {
            namespaces.add(group + " " + namespace);
        }

        @Override
        public void allChanged() {
            all.incrementAndGet();
        }
    }

    @Test
    void changes_ofALeader_areTold() throws Exception {
        one.lead(1, 1);
        two.lead(1, 2);
        NodeGroups groups = connect(address(serve(one)), address(serve(two)));
        awaitLeads(groups, 0, 1);
        awaitLeads(groups, 1, 2);
        Told told = new Told();
        groups.onChange(told);
        StoreCalls.await(create(groups, 1, "a"));
        StoreCalls.await(create(groups, 2, "a"));
        awaitTrue("both were told", () -> told.namespaces.containsAll(Set.of("1 " + NAMESPACE, "2 " + NAMESPACE)));
    }

    @Test
    void changes_whenAnotherLeads_mayBeAnything() throws Exception {
        one.lead(1, 1, 2);
        NodeGroups groups = connect(address(serve(one)), address(serve(two)));
        awaitLeads(groups, 0, 1, 2);
        awaitTrue("both are up", () -> node(groups, 1).state() == State.UP);
        Told told = new Told();
        groups.onChange(told);
        int before = told.all.get();
        two.lead(2, 1, 2);
        awaitTrue("it was told", () -> told.all.get() > before);
        StoreCalls.await(create(groups, 1, "a"));
        awaitTrue("the new one tells", () -> told.namespaces.contains("1 " + NAMESPACE));
    }

    @Test
    void changes_whenTheLeaderIsNotReached_areToldByOthers() throws Exception {
        NodeGroups groups = connect(address(serve(two)));
        Told told = new Told();
        groups.onChange(told);
        awaitTrue(
                "changes are watched",
                () -> told.all.get() > 0 || node(groups, 0).state() == State.UP);
        StoreCalls.await(create(groups, 1, "a"));
        awaitTrue("it was told", () -> told.namespaces.contains("1 " + NAMESPACE));
    }
}
