package dev.tandem.store.raft.member;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.state.AnswerCodec;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.store.raft.state.GroupState;
import dev.tandem.store.raft.state.StateView;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The answer to a question, which is found when somebody asks for it. Used by one thread after the other. */
final class ReadAnswer implements IdentifiedDataSerializable {
    private final GroupQuery query;
    private final StateView view;
    private @Nullable Object value;

    ReadAnswer() {
        this(new GroupQuery.Ask(new TaskQuery.Namespaces()), GroupState.empty().view());
    }

    ReadAnswer(GroupQuery query, StateView view) {
        this.query = query;
        this.view = view;
    }

    boolean isShort() {
        return query.isShort();
    }

    /** Takes as long as the question needs, the first time. */
    Object value() {
        Object found = value;
        if (found == null) {
            found = query.answer(view);
            value = found;
        }
        return found;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.READ_ANSWER;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        AnswerCodec.write(query, value(), out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        value = AnswerCodec.read(in);
    }
}
