package dev.tandem.grpc;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.tandem.routing.ClaimWaiters;
import dev.tandem.routing.TaskWaiters;
import dev.tandem.routing.Watches;
import dev.tandem.store.TaskStore;
import dev.tandem.v1.AcquireLeaseRequest;
import dev.tandem.v1.BatchCompleteTasksRequest;
import dev.tandem.v1.BatchCreateTasksRequest;
import dev.tandem.v1.BatchGetTasksRequest;
import dev.tandem.v1.CancelTaskRequest;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CountTasksRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.FailTaskRequest;
import dev.tandem.v1.GetLeaseRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.LeaseServiceRenewLeaseRequest;
import dev.tandem.v1.LeasesProto;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.PruneTasksRequest;
import dev.tandem.v1.ReleaseLeaseRequest;
import dev.tandem.v1.ReleaseTaskRequest;
import dev.tandem.v1.RenewLeaseRequest;
import dev.tandem.v1.RetryTaskRequest;
import dev.tandem.v1.TasksProto;
import dev.tandem.v1.TransitionTaskRequest;
import dev.tandem.v1.UpdateTaskPartRequest;
import dev.tandem.v1.UpdateTaskRequest;
import dev.tandem.v1.WaitTaskRequest;
import dev.tandem.v1.WatchTasksRequest;
import java.time.InstantSource;
import java.util.List;

/** The one table of the API: which method is served by which handler. */
final class Methods {
    static final ServiceDescriptor TASKS = TasksProto.getDescriptor().findServiceByName("TaskService");
    static final ServiceDescriptor LEASES = LeasesProto.getDescriptor().findServiceByName("LeaseService");

    private Methods() {}

    static List<ApiMethod<?, ?>> of(
            TaskStore store,
            ClaimWaiters claims,
            TaskWaiters waits,
            Watches watches,
            InstantSource clock,
            ApiLimits limits) {
        Commands commands = new Commands(store, clock, limits);
        TaskWrites writes = new TaskWrites(commands, limits);
        TaskReads reads = new TaskReads(store, waits, clock, limits);
        TaskClaims claim = new TaskClaims(commands, claims, limits);
        TaskBatches batches = new TaskBatches(writes, reads, limits);
        LeaseCalls leases = new LeaseCalls(commands, store, limits);
        return List.of(
                ApiMethod.write(task("CreateTask"), CreateTaskRequest.getDefaultInstance(), writes::create),
                ApiMethod.read(task("GetTask"), GetTaskRequest.getDefaultInstance(), reads::get),
                ApiMethod.write(task("UpdateTask"), UpdateTaskRequest.getDefaultInstance(), writes::update),
                ApiMethod.write(task("UpdateTaskPart"), UpdateTaskPartRequest.getDefaultInstance(), writes::updatePart),
                ApiMethod.write(task("TransitionTask"), TransitionTaskRequest.getDefaultInstance(), writes::transition),
                ApiMethod.write(task("ClaimTasks"), ClaimTasksRequest.getDefaultInstance(), claim::claim),
                ApiMethod.write(task("RenewLease"), RenewLeaseRequest.getDefaultInstance(), writes::renew),
                ApiMethod.write(task("CompleteTask"), CompleteTaskRequest.getDefaultInstance(), writes::complete),
                ApiMethod.write(task("FailTask"), FailTaskRequest.getDefaultInstance(), writes::fail),
                ApiMethod.write(task("ReleaseTask"), ReleaseTaskRequest.getDefaultInstance(), writes::release),
                ApiMethod.write(task("CancelTask"), CancelTaskRequest.getDefaultInstance(), writes::cancel),
                ApiMethod.write(task("RetryTask"), RetryTaskRequest.getDefaultInstance(), writes::retry),
                ApiMethod.write(task("DeleteTask"), DeleteTaskRequest.getDefaultInstance(), writes::delete),
                ApiMethod.read(task("ListTasks"), ListTasksRequest.getDefaultInstance(), reads::list),
                ApiMethod.read(task("CountTasks"), CountTasksRequest.getDefaultInstance(), reads::count),
                ApiMethod.stream(
                        task("WatchTasks"),
                        WatchTasksRequest.getDefaultInstance(),
                        (request, call) -> TaskWatch.open(request, call, watches, limits)),
                ApiMethod.read(task("WaitTask"), WaitTaskRequest.getDefaultInstance(), reads::await),
                ApiMethod.write(task("PruneTasks"), PruneTasksRequest.getDefaultInstance(), writes::prune),
                ApiMethod.write(
                        task("BatchCreateTasks"), BatchCreateTasksRequest.getDefaultInstance(), batches::create),
                ApiMethod.read(task("BatchGetTasks"), BatchGetTasksRequest.getDefaultInstance(), batches::get),
                ApiMethod.write(
                        task("BatchCompleteTasks"), BatchCompleteTasksRequest.getDefaultInstance(), batches::complete),
                ApiMethod.write(lease("AcquireLease"), AcquireLeaseRequest.getDefaultInstance(), leases::acquire),
                ApiMethod.write(lease("RenewLease"), LeaseServiceRenewLeaseRequest.getDefaultInstance(), leases::renew),
                ApiMethod.write(lease("ReleaseLease"), ReleaseLeaseRequest.getDefaultInstance(), leases::release),
                ApiMethod.read(lease("GetLease"), GetLeaseRequest.getDefaultInstance(), leases::get));
    }

    private static MethodDescriptor task(String name) {
        return TASKS.findMethodByName(name);
    }

    private static MethodDescriptor lease(String name) {
        return LEASES.findMethodByName(name);
    }
}
