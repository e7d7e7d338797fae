package dev.tandem.store.raft.member;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.raft.state.GroupState;
import dev.tandem.task.CodecException;
import dev.tandem.task.Outcome;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a batch came to. It turns into bytes only if it has to leave the member. */
final class ApplyAnswer implements IdentifiedDataSerializable {
    private static final int FORMAT = 1;

    private @Nullable List<Outcome> outcomes;

    ApplyAnswer() {}

    /** @param outcomes null if nobody knows any more whether the batch was applied */
    ApplyAnswer(@Nullable List<Outcome> outcomes) {
        this.outcomes = outcomes;
    }

    @Nullable
    List<Outcome> outcomes() {
        return outcomes;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.APPLY_ANSWER;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeBoolean(outcomes != null);
        if (outcomes != null) {
            GroupState.writeOutcomes(outcomes, out);
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        int format = in.readUnsignedByte();
        if (format != FORMAT) {
            throw new CodecException("another member answers in format " + format
                    + ", and this version of Tandem knows format " + FORMAT + ": bring all members to one version");
        }
        outcomes = in.readBoolean() ? GroupState.readOutcomes(in) : null;
    }
}
