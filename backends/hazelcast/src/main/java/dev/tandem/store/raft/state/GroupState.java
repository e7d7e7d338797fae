package dev.tandem.store.raft.state;

import dev.tandem.task.CodecException;
import dev.tandem.task.Outcome;
import dev.tandem.task.OutcomeCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** All of a group's state at one moment: its records, and which batches it has answered. Immutable. */
public final class GroupState {
    /** Format 1 did not count batches, and is read still. */
    private static final int FORMAT = 2;

    final StateView view;
    final List<Session> sessions;
    final long timeMillis;
    final long batches;

    GroupState(StateView view, List<Session> sessions, long timeMillis, long batches) {
        this.view = view;
        this.sessions = sessions;
        this.timeMillis = timeMillis;
        this.batches = batches;
    }

    /** The state of a group to which nothing was ever written. */
    public static GroupState empty() {
        return new GroupState(new StateTable(0).view(), List.of(), 0, 0);
    }

    /** Its records. */
    public StateView view() {
        return view;
    }

    /** Writes all of it. It may be long; nothing of it is held in memory. */
    public void write(DataOutput out) throws IOException {
        out.writeInt(FORMAT);
        out.writeLong(timeMillis);
        out.writeLong(batches);
        out.writeInt(sessions.size());
        for (Session session : sessions) {
            out.writeLong(session.proposer().getMostSignificantBits());
            out.writeLong(session.proposer().getLeastSignificantBits());
            out.writeLong(session.lowest());
            out.writeLong(session.heardMillis());
            out.writeLong(session.heardBatch());
            out.writeInt(session.answers().size());
            for (Map.Entry<Long, List<Outcome>> answer : session.answers().entrySet()) {
                out.writeLong(answer.getKey());
                writeOutcomes(answer.getValue(), out);
            }
        }
        StateFormat.write(view, out);
    }

    /**
     * The state that was written.
     *
     * @throws CodecException if the bytes are of a newer format, or can't be read
     */
    public static GroupState read(DataInput in) throws IOException {
        return read(in.readInt(), in);
    }

    /** The same, of which the first number was read already. */
    public static GroupState read(int format, DataInput in) throws IOException {
        if (format < 1 || format > FORMAT) {
            throw new CodecException(
                    "the group's state has format " + format + ", and this version of Tandem knows format " + FORMAT
                            + ": use the version that wrote it, or a newer one");
        }
        long timeMillis = in.readLong();
        long batches = format == 1 ? 0 : in.readLong();
        List<Session> sessions = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            UUID proposer = new UUID(in.readLong(), in.readLong());
            long lowest = in.readLong();
            long heardMillis = in.readLong();
            long heardBatch = format == 1 ? 0 : in.readLong();
            TreeMap<Long, List<Outcome>> answers = new TreeMap<>();
            for (int more = in.readInt(); more > 0; more--) {
                answers.put(in.readLong(), readOutcomes(in));
            }
            sessions.add(new Session(proposer, lowest, heardMillis, heardBatch, answers));
        }
        // Format 1 had them in no order; later ones have them in this.
        sessions.sort(Comparator.comparingLong(Session::heardBatch).thenComparing(Session::heardMillis));
        // A view does not depend on how long tombstones are kept.
        return new GroupState(StateFormat.read(in, 0).view(), sessions, timeMillis, batches);
    }

    /** Writes outcomes in their order, each with its length before it. */
    public static void writeOutcomes(List<Outcome> outcomes, DataOutput out) throws IOException {
        out.writeInt(outcomes.size());
        for (Outcome outcome : outcomes) {
            byte[] bytes = OutcomeCodec.encode(outcome);
            out.writeInt(bytes.length);
            out.write(bytes);
        }
    }

    /** The outcomes that {@link #writeOutcomes} wrote. */
    public static List<Outcome> readOutcomes(DataInput in) throws IOException {
        int count = in.readInt();
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = in.readInt();
            if (length < 0) {
                throw new CodecException("an outcome has " + length + " bytes");
            }
            byte[] bytes = new byte[length];
            in.readFully(bytes);
            outcomes.add(OutcomeCodec.decode(bytes));
        }
        return List.copyOf(outcomes);
    }
}
