package dev.tandem.store.raft.state;

import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
    /** How long a proposer that says nothing is remembered, by the group's own time; forgotten when another one comes. */
    static final long SESSION_KEEP_MILLIS = 3600_000L;

    /** How many proposers are remembered; beyond them, the one is forgotten that has been silent for longest. */
    static final int SESSIONS_MAX = 10_000;

    private final long tombstoneKeepMillis;
    private StateTable table;
    /** Session by proposer; their order is that of a hash, so nothing may depend on it. */
    private Map<UUID, Session> sessions = new HashMap<>();

    private long timeMillis;
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
     * @param changed the namespaces whose tasks were changed just now
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
            outcomes.add(TaskMachine.execute(table, command));
            if (table.nextVersion(command.namespace()) != before) {
                changed.add(command.namespace());
            }
            timeMillis = Math.max(timeMillis, command.atMillis());
        }
        outcomes = List.copyOf(outcomes);
        sessions.put(batch.proposer(), session.with(batch, outcomes, timeMillis));
        view = table.view();
        return new Result(outcomes, changed);
    }

    /** Before a proposer comes that is not known. Seldom, so it may look at all of them. */
    private void makeRoom() {
        long silentSince = timeMillis - SESSION_KEEP_MILLIS;
        sessions.values().removeIf(session -> session.heardMillis() < silentSince);
        if (sessions.size() >= SESSIONS_MAX) {
            sessions.values().stream()
                    .min(Comparator.comparingLong(Session::heardMillis).thenComparing(Session::proposer))
                    .ifPresent(oldest -> sessions.remove(oldest.proposer()));
        }
    }

    /** All records as they were after the newest batch. From any thread. */
    public StateView view() {
        return view;
    }

    /** All of the state as it is now. */
    public GroupState state() {
        return new GroupState(view, List.copyOf(sessions.values()), timeMillis);
    }

    /** Goes on from a state, instead of from its own. */
    public void restore(GroupState state) {
        table = new StateTable(tombstoneKeepMillis, state.view);
        sessions = new HashMap<>();
        state.sessions.forEach(session -> sessions.put(session.proposer(), session));
        timeMillis = state.timeMillis;
        view = state.view;
    }
}
