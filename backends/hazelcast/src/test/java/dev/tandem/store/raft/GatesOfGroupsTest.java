package dev.tandem.store.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.state.AnswerCodec;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupMachine;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.store.raft.state.QueryCodec;
import dev.tandem.task.Bytes;
import dev.tandem.task.Gate;
import dev.tandem.task.Gate.Role;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Groups whose gates are apart, as while they are moved: what goes to several of them. */
class GatesOfGroupsTest {
    private static final int GROUPS = 3;
    private static final String NAMESPACE = "n";
    private static final Gate FIFTH = gate(5, Role.AUTHORITY);
    private static final Gate SIXTH = gate(6, Role.AUTHORITY);

    private final Vertx vertx = Vertx.vertx();
    private final Machines groups = new Machines();
    private final TaskStore store = new RaftTaskStore(vertx, groups);
    private final StoreCalls calls = new StoreCalls(vertx, store, new TestClock(), NAMESPACE);

    @AfterEach
    void close() {
        StoreCalls.await(calls.start(store::close));
        StoreCalls.await(vertx.close());
    }

    /** The groups' state machines without Raft, with questions and answers as they go over the network. */
    private static final class Machines implements TaskGroups {
        private final List<GroupMachine> machines = new ArrayList<>();
        private final Set<Integer> silent = new HashSet<>();
        private int readsHere;

        Machines() {
            for (int i = 0; i < GROUPS; i++) {
                machines.add(new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT));
            }
        }

        Gate gate(int group) {
            return machines.get(group - 1).view().gate(NAMESPACE);
        }

        /** Has one group alone apply a command. */
        void apply(int group, TaskCommand command) {
            machines.get(group - 1).apply(new Batch(UUID.randomUUID(), 1, 1, List.of(command)));
        }

        @Override
        public int count() {
            return GROUPS;
        }

        @Override
        public boolean isOnDisk() {
            return true;
        }

        @Override
        public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
            if (silent.contains(group)) {
                answer.failed(new StoreException(FailureKind.NOT_APPLIED, "no leader"));
                return;
            }
            answer.succeeded(new Applied(machines.get(group - 1).apply(batch).outcomes()));
        }

        @Override
        public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
            try {
                ByteArrayOutputStream asked = new ByteArrayOutputStream();
                QueryCodec.write(query, new DataOutputStream(asked));
                GroupQuery read = QueryCodec.read(input(asked));
                ByteArrayOutputStream answered = new ByteArrayOutputStream();
                Object found = read.answer(machines.get(group - 1).view());
                AnswerCodec.write(read, found, new DataOutputStream(answered));
                answer.succeeded(AnswerCodec.read(input(answered)));
            } catch (IOException e) {
                answer.failed(e);
            }
        }

        private static DataInputStream input(ByteArrayOutputStream written) {
            return new DataInputStream(new ByteArrayInputStream(written.toByteArray()));
        }

        @Override
        public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
            readsHere++;
            read(group, query, timeoutMillis, answer);
        }

        @Override
        public void onChange(ChangeListener listener) {}
    }

    private static Gate gate(long epoch, Role role) {
        return new Gate(epoch, role, role == Role.AUTHORITY, Bytes.of(new byte[] {(byte) epoch}));
    }

    private void moveAlone(int group, Gate to) {
        groups.apply(group, calls.command(new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, to)));
    }

    private Outcome execute(long epoch, Verb verb) {
        return calls.execute(calls.command(verb).withEpoch(epoch));
    }

    private FailureKind failure(long epoch, Verb verb) {
        return StoreCalls.failureOf(calls.start(calls.command(verb).withEpoch(epoch)))
                .kind();
    }

    private static String in(int group, String name) {
        String found = name;
        for (int i = 0; Shards.group(found, GROUPS) != group; i++) {
            found = name + i;
        }
        return found;
    }

    private OutboxPage outbox(int group) {
        return calls.query(new TaskQuery.Outbox(NAMESPACE, group - 1, Limits.MIRROR_MAX));
    }

    // ---- moves

    @Test
    void move_thatTheFirstGroupRefuses_goesToNoOther() {
        moveAlone(1, FIFTH);

        assertThat(calls.execute(new Verb.MoveGate(4, SIXTH))).isEqualTo(new Outcome.Gated(FIFTH, false));

        assertThat(groups.gate(2)).isEqualTo(Gate.FIRST);
    }

    @Test
    void move_ofGroupsThatAreFurtherBehind_takesThemAlong() {
        moveAlone(1, FIFTH);
        moveAlone(2, gate(2, Role.MIRROR));

        assertThat(calls.execute(new Verb.MoveGate(5, SIXTH))).isEqualTo(new Outcome.Gated(SIXTH, true));

        for (int group = 1; group <= GROUPS; group++) {
            assertThat(groups.gate(group)).isEqualTo(SIXTH);
        }
    }

    @Test
    void move_thatBrokeOff_isMadeAgain() {
        groups.silent.add(3);
        assertThat(failure(0, new Verb.MoveGate(0, FIFTH))).isEqualTo(FailureKind.MAYBE_APPLIED);
        assertThat(groups.gate(2)).isEqualTo(FIFTH);
        assertThat(groups.gate(3)).isEqualTo(Gate.FIRST);
        groups.silent.clear();

        assertThat(calls.execute(new Verb.MoveGate(0, FIFTH))).isEqualTo(new Outcome.Gated(FIFTH, true));

        assertThat(groups.gate(3)).isEqualTo(FIFTH);
    }

    @Test
    void move_ofAGroupThatIsFurtherAlready_isNotDone() {
        moveAlone(3, SIXTH);

        assertThat(calls.execute(new Verb.MoveGate(0, FIFTH))).isEqualTo(new Outcome.Gated(SIXTH, false));

        assertThat(groups.gate(3)).isEqualTo(SIXTH);
    }

    // ---- commands on several groups

    @Test
    void claim_ofGroupsOfWhichSomeAreFenced_givesWhatOthersHave() {
        calls.apply(Tasks.create(in(1, "a")));
        calls.apply(Tasks.create(in(2, "b")));
        moveAlone(1, FIFTH);
        moveAlone(3, FIFTH);

        Outcome.Claimed claimed = (Outcome.Claimed) execute(0, Tasks.claim("w", 10));
        assertThat(claimed.tasks())
                .extracting(task -> Shards.group(task.id(), GROUPS))
                .containsExactly(2);

        assertThat(failure(0, Tasks.claim("w", 10))).isEqualTo(FailureKind.FENCED);
        groups.silent.add(2);
        assertThat(failure(0, Tasks.claim("w", 10))).isEqualTo(FailureKind.FENCED);
    }

    @Test
    void prune_ofGroupsOfWhichSomeAreFenced_doesWhatItCanAndSaysThatThereIsMore() {
        for (int group = 1; group <= GROUPS; group++) {
            calls.apply(Tasks.create(in(group, "a")));
            calls.apply(Tasks.cancel(in(group, "a")));
        }
        moveAlone(2, FIFTH);
        Verb prune = new Verb.Prune(Set.of(TaskState.CANCELED), Long.MAX_VALUE, 10);

        assertThat(execute(0, prune)).isEqualTo(new Outcome.Swept(0, 2, true));
        assertThat(failure(0, prune)).isEqualTo(FailureKind.FENCED);
        assertThat(execute(5, prune)).isEqualTo(new Outcome.Swept(0, 1, true));
    }

    @Test
    void mirror_ofGroupsOfWhichSomeAreFenced_isUnknownOnlyIfOthersTookSomething() {
        moveAlone(2, FIFTH);
        StoredRecord record = new Tombstone(in(1, "a"), 1_000, 1);
        Verb mirror = new Verb.Mirror(List.of(record), 1_000);

        assertThat(failure(0, mirror)).isEqualTo(FailureKind.MAYBE_APPLIED);
        assertThat(failure(0, mirror)).isEqualTo(FailureKind.FENCED);
    }

    // ---- outboxes

    @Test
    void request_ofSeveralGroups_isAcknowledgedInEachByItself() {
        calls.execute(new Verb.MoveGate(0, FIFTH));
        execute(5, Tasks.create(in(1, "a")));
        execute(5, Tasks.create(in(2, "b")));
        Verb claim = Tasks.claim("w", 10);
        calls.execute(Tasks.request(NAMESPACE, 1, "request", claim).withEpoch(5));
        OutboxEntry request = new OutboxEntry(new RecordName(RecordKind.REQUEST, "request"), 2);
        assertThat(outbox(1).entries()).as("the same in both").contains(request);
        assertThat(outbox(2).entries()).as("the same in both").contains(request);

        assertThat(execute(5, new Verb.Acknowledge(List.of(request)))).isEqualTo(new Outcome.Acknowledged(0));
        assertThat(execute(5, new Verb.Acknowledge(0, outbox(1).entries()))).isEqualTo(new Outcome.Acknowledged(2));

        assertThat(outbox(1).entries()).isEmpty();
        assertThat(outbox(2).entries()).contains(request);
    }

    @Test
    void tasksAndLeases_acknowledgedByNameAlone_areFoundWhereTheyBelong() {
        calls.execute(new Verb.MoveGate(0, FIFTH));
        List<OutboxEntry> all = new ArrayList<>();
        for (int group = 1; group <= GROUPS; group++) {
            execute(5, Tasks.create(in(group, "a")));
            execute(5, Tasks.acquire(in(group, "scope"), "holder"));
            all.addAll(outbox(group).entries());
        }

        assertThat(all).hasSize(6);
        assertThat(execute(5, new Verb.Acknowledge(all))).isEqualTo(new Outcome.Acknowledged(6));
        assertThat(outbox(1).entries()).isEmpty();
    }

    // ---- questions

    @Test
    void query_ofSeveralGroups_isFencedIfOneOfThemIs() {
        moveAlone(3, FIFTH);
        TaskQuery.Scan scan = new TaskQuery.Scan(NAMESPACE, null, 10);
        CallOptions first = CallOptions.DEFAULT.withEpoch(0);

        assertThat(StoreCalls.failureOf(calls.start(() -> store.query(scan, first)))
                        .kind())
                .isEqualTo(FailureKind.FENCED);
        TaskQuery.Get get = new TaskQuery.Get(NAMESPACE, in(1, "a"));
        assertThat(StoreCalls.await(calls.start(() -> store.query(get, first)))).isEmpty();
        assertThat(StoreCalls.await(calls.start(() -> store.query(new TaskQuery.Namespaces(), first.withEpoch(9)))))
                .as("of no one namespace")
                .isEmpty();
    }

    @Test
    void gateAndOutbox_askedOfAnyMember_areTheLeaders() {
        CallOptions anywhere = new CallOptions(CallOptions.NEVER, Consistency.EVENTUAL);

        StoreCalls.await(calls.start(() -> store.query(new TaskQuery.GetGate(NAMESPACE), anywhere)));
        StoreCalls.await(calls.start(() -> store.query(new TaskQuery.Outbox(NAMESPACE, 1, 1), anywhere)));

        assertThat(groups.readsHere).isZero();
    }
}
