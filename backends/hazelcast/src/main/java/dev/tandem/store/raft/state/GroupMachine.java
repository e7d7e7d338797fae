package dev.tandem.store.raft.state;

import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Applies batches to a group's records, each of them once. Deterministic: the same batches in the same order make the same
 * state and the same answers.
 *
 * <p>Used by one thread at a time, but for {@link #view}.
 */
public final class GroupMachine {
    /**
     * How long a proposer that says nothing is remembered, by the group's own time; forgotten when another one comes, if {@link
     * #SESSION_KEEP_BATCHES} have gone by as well.
     */
    static final long SESSION_KEEP_MILLIS = 3600_000L;

    /**
     * How many batches of others a proposer that says nothing is remembered for: more than a group can apply while a batch is tried
     * again. By time alone, one clock that jumps ahead would have a group forget the batch that comes again just then, and apply
     * it twice.
     */
    static final long SESSION_KEEP_BATCHES = 1_000_000;

    /** How many proposers are remembered; beyond them, the one is forgotten that has been silent for longest. */
    static final int SESSIONS_MAX = 10_000;

    private final long tombstoneKeepMillis;
    private StateTable table;
    /** By proposer, the one first that has been silent for longest. */
    private Map<UUID, Session> sessions = new LinkedHashMap<>();

    private long timeMillis;
    /** How many batches were applied. */
    private long batches;

    private volatile StateView view;

    /** @param tombstoneKeepMillis how long deletions are remembered, the same on all members */
    public GroupMachine(long tombstoneKeepMillis) {
        this.tombstoneKeepMillis = tombstoneKeepMillis;
        this.table = new StateTable(tombstoneKeepMillis);
        this.view = table.view();
    }

    /**
     * What a batch came to.
     *
     * @param outcomes one for each command; null if the batch is so old that nobody knows any more whether it was applied. It
     *     is not applied then
     * @param changed the namespaces whose tasks or gates were changed just now
     */
    public record Result(@Nullable List<Outcome> outcomes, Set<String> changed) {}

    /** Applies a batch, or finds what it came to before. */
    public Result apply(Batch batch) {
        Session session = sessions.get(batch.proposer());
        if (session == null) {
            if (batch.lowest() > 1) {
                return new Result(null, Set.of());
            }
            makeRoom();
            session = Session.begin(batch.proposer());
        }
        List<Outcome> known = session.answer(batch.number());
        if (known != null || batch.number() < session.lowest()) {
            return new Result(known, Set.of());
        }
        List<Outcome> outcomes = new ArrayList<>(batch.commands().size());
        Set<String> changed = new LinkedHashSet<>();
        for (TaskCommand command : batch.commands()) {
            long before = table.nextVersion(command.namespace());
            Outcome outcome = TaskMachine.execute(table, command);
            outcomes.add(outcome);
            boolean isMoved = outcome instanceof Outcome.Gated gated && gated.moved();
            if (isMoved || table.nextVersion(command.namespace()) != before) {
                changed.add(command.namespace());
            }
            timeMillis = Math.max(timeMillis, command.atMillis());
        }
        outcomes = List.copyOf(outcomes);
        batches++;
        sessions.remove(batch.proposer());
        sessions.put(batch.proposer(), session.with(batch, outcomes, timeMillis, batches));
        view = table.view();
        return new Result(outcomes, changed);
    }

    /** Before a proposer comes that is not known. */
    private void makeRoom() {
        Iterator<Session> fromLongestSilent = sessions.values().iterator();
        while (fromLongestSilent.hasNext() && isForgotten(fromLongestSilent.next())) {
            fromLongestSilent.remove();
        }
    }

    private boolean isForgotten(Session session) {
        boolean isSilent = session.heardMillis() < timeMillis - SESSION_KEEP_MILLIS
                && session.heardBatch() < batches - SESSION_KEEP_BATCHES;
        return isSilent || sessions.size() >= SESSIONS_MAX;
    }

    /** All records as they were after the newest batch. From any thread. */
    public StateView view() {
        return view;
    }

    /** All of the state as it is now. */
    public GroupState state() {
        return new GroupState(view, List.copyOf(sessions.values()), timeMillis, batches);
    }

    /** Goes on from a state, instead of from its own. */
    public void restore(GroupState state) {
        table = new StateTable(tombstoneKeepMillis, state.view);
        sessions = new LinkedHashMap<>();
        state.sessions.forEach(session -> sessions.put(session.proposer(), session));
        timeMillis = state.timeMillis;
        batches = state.batches;
        view = state.view;
    }
}
