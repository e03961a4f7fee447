// One session of a user of the AWS SDK for JavaScript v3: build the service in two Regions, use it,
// read every kind of answer, take it down. Prints a line for each step; any surprise ends it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import * as acm from "@aws-sdk/client-acm";
import * as cw from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ddb from "@aws-sdk/client-dynamodb";
import * as streams from "@aws-sdk/client-dynamodb-streams";
import * as ec2 from "@aws-sdk/client-ec2";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as ga from "@aws-sdk/client-global-accelerator";
import * as iam from "@aws-sdk/client-iam";
import * as lambda from "@aws-sdk/client-lambda";
import * as tagging from "@aws-sdk/client-resource-groups-tagging-api";
import * as route53 from "@aws-sdk/client-route-53";
import * as sqs from "@aws-sdk/client-sqs";
import * as sts from "@aws-sdk/client-sts";
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";

const [HOME, OTHER, ACCELERATOR_REGION] = ["eu-central-1", "us-east-1", "us-west-2"];
const PORT = 8080; // any user may listen there
const name = `js-${randomUUID().slice(0, 8)}`;
const at = (Client, region = HOME) => new Client({ region });
const undo = [];
const wait = (client) => ({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 });

async function step(title, work) {
  const value = await work();
  console.log(`ok ${title}`);
  return value;
}

async function fails(type, work) {
  try {
    await work();
  } catch (error) {
    assert.equal(error.name, type.name ?? type, `${error.name}: ${error.message}`);
    if (typeof type !== "string") assert.ok(error instanceof type);
    assert.ok(error.$metadata.requestId, "an error without a request id");
    return error;
  }
  assert.fail(`no ${type.name ?? type}`);
}

function get(address, path) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: address, port: PORT, path }, (response) => {
      let body = "";
      response.on("data", (part) => (body += part));
      response.on("end", () => resolve({ status: response.statusCode, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

// Global Accelerator leaves its group in the VPC, which can't be deleted with it:
// https://www.pulumi.com/registry/packages/aws/api-docs/globalaccelerator/endpointgroup/
async function deleteAcceleratorGroup(client, vpcId) {
  const Filters = [
    { Name: "vpc-id", Values: [vpcId] },
    { Name: "group-name", Values: ["GlobalAccelerator"] },
  ];
  const found = await client.send(new ec2.DescribeSecurityGroupsCommand({ Filters }));
  assert.equal(found.SecurityGroups.length, 1);
  const [{ GroupId }] = found.SecurityGroups;
  await client.send(new ec2.DeleteSecurityGroupCommand({ GroupId }));
}

async function network() {
  const client = at(ec2.EC2Client);
  const vpc = (await client.send(new ec2.CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }))).Vpc;
  undo.push(async () => {
    await deleteAcceleratorGroup(client, vpc.VpcId);
    await client.send(new ec2.DeleteVpcCommand({ VpcId: vpc.VpcId }));
  });
  const gateway = (await client.send(new ec2.CreateInternetGatewayCommand({}))).InternetGateway;
  const both = { VpcId: vpc.VpcId, InternetGatewayId: gateway.InternetGatewayId };
  await client.send(new ec2.AttachInternetGatewayCommand(both));
  undo.push(() => client.send(new ec2.DeleteInternetGatewayCommand(both)));
  undo.push(() => client.send(new ec2.DetachInternetGatewayCommand(both)));
  const zones = (await client.send(new ec2.DescribeAvailabilityZonesCommand({}))).AvailabilityZones;
  const subnets = [];
  for (const [index, zone] of zones.slice(0, 2).entries()) {
    const { Subnet } = await client.send(
      new ec2.CreateSubnetCommand({
        VpcId: vpc.VpcId,
        CidrBlock: `10.9.${index}.0/24`,
        AvailabilityZone: zone.ZoneName,
        TagSpecifications: [{ ResourceType: "subnet", Tags: [{ Key: "Name", Value: name }] }],
      }),
    );
    subnets.push(Subnet.SubnetId);
    undo.push(() => client.send(new ec2.DeleteSubnetCommand({ SubnetId: Subnet.SubnetId })));
  }
  const byTag = { Filters: [{ Name: "tag:Name", Values: [name] }] };
  assert.equal((await client.send(new ec2.DescribeSubnetsCommand(byTag))).Subnets.length, 2);
  await fails("InvalidVpcID.NotFound", () =>
    client.send(new ec2.DescribeVpcsCommand({ VpcIds: ["vpc-0123456789abcdef0"] })),
  );
  return subnets;
}

async function role() {
  const client = at(iam.IAMClient);
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  };
  const { Role } = await client.send(
    new iam.CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const policy = {
    RoleName: name,
    PolicyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
  };
  undo.push(() => client.send(new iam.DeleteRoleCommand({ RoleName: name })));
  await client.send(new iam.AttachRolePolicyCommand(policy));
  undo.push(() => client.send(new iam.DetachRolePolicyCommand(policy)));
  const read = (await client.send(new iam.GetRoleCommand({ RoleName: name }))).Role;
  assert.deepEqual(JSON.parse(decodeURIComponent(read.AssumeRolePolicyDocument)), trust);
  await fails(iam.NoSuchEntityException, () =>
    client.send(new iam.GetRoleCommand({ RoleName: `${name}-none` })),
  );
  return Role.Arn;
}

async function deployFunction(Role) {
  const client = at(lambda.LambdaClient);
  const ZipFile = Buffer.from(process.env.FUNCTION_ZIP, "base64");
  const made = await client.send(
    new lambda.CreateFunctionCommand({
      FunctionName: name,
      Role,
      Runtime: "python3.12",
      Handler: "handler.handle",
      Code: { ZipFile },
      Publish: true,
      Environment: { Variables: { GREETING: "hello" } },
    }),
  );
  undo.push(() => client.send(new lambda.DeleteFunctionCommand({ FunctionName: name })));
  await lambda.waitUntilFunctionActiveV2(wait(client), { FunctionName: name });
  const answer = await client.send(
    new lambda.InvokeCommand({ FunctionName: name, LogType: "Tail", Payload: '{"x":1}' }),
  );
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.FunctionError, undefined);
  assert.equal(JSON.parse(answer.Payload.transformToString()).statusCode, 200);
  assert.match(Buffer.from(answer.LogResult, "base64").toString(), /REPORT RequestId/);
  await fails(lambda.ResourceNotFoundException, () =>
    client.send(new lambda.InvokeCommand({ FunctionName: `${name}-none` })),
  );
  await fails(lambda.ResourceConflictException, () =>
    client.send(
      new lambda.CreateFunctionCommand({
        FunctionName: name, Role, Runtime: "python3.12", Handler: "h.h", Code: { ZipFile },
      }),
    ),
  );
  const config = await client.send(
    new lambda.UpdateFunctionConfigurationCommand({ FunctionName: name, Timeout: 9 }),
  );
  assert.notEqual(config.RevisionId, made.RevisionId);
  await lambda.waitUntilFunctionUpdatedV2(wait(client), { FunctionName: name });
  return made.FunctionArn.replace(/:1$/, "");
}

async function loadBalancer(Subnets, FunctionArn) {
  const client = at(elb.ElasticLoadBalancingV2Client);
  const balancer = (await client.send(new elb.CreateLoadBalancerCommand({ Name: name, Subnets })))
    .LoadBalancers[0];
  const { LoadBalancerArn } = balancer;
  undo.push(() => elb.waitUntilLoadBalancersDeleted(wait(client), { LoadBalancerArns: [LoadBalancerArn] }));
  undo.push(() => client.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn })));
  await elb.waitUntilLoadBalancerAvailable(wait(client), { LoadBalancerArns: [LoadBalancerArn] });
  const group = (
    await client.send(new elb.CreateTargetGroupCommand({ Name: name, TargetType: "lambda" }))
  ).TargetGroups[0];
  const { TargetGroupArn } = group;
  undo.unshift(() => client.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn })));
  await at(lambda.LambdaClient).send(
    new lambda.AddPermissionCommand({
      FunctionName: name,
      StatementId: "alb",
      Action: "lambda:InvokeFunction",
      Principal: "elasticloadbalancing.amazonaws.com",
      SourceArn: TargetGroupArn,
    }),
  );
  const target = { TargetGroupArn, Targets: [{ Id: FunctionArn }] };
  await client.send(new elb.RegisterTargetsCommand(target));
  const { Listeners } = await client.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn,
      Protocol: "HTTP",
      Port: PORT,
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
    }),
  );
  const { ListenerArn } = Listeners[0];
  await client.send(
    new elb.CreateRuleCommand({
      ListenerArn,
      Priority: 1,
      Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/teapot"] } }],
      Actions: [
        {
          Type: "fixed-response",
          FixedResponseConfig: { StatusCode: "418", MessageBody: "short", ContentType: "text/plain" },
        },
      ],
    }),
  );
  await fails(elb.PriorityInUseException, () =>
    client.send(
      new elb.CreateRuleCommand({
        ListenerArn,
        Priority: 1,
        Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/x"] } }],
        Actions: [{ Type: "forward", TargetGroupArn }],
      }),
    ),
  );
  await client.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn }));
  return LoadBalancerArn;
}

async function accelerator(EndpointId) {
  const client = at(ga.GlobalAcceleratorClient, ACCELERATOR_REGION);
  const made = (
    await client.send(
      new ga.CreateAcceleratorCommand({ Name: name, Enabled: true, IdempotencyToken: randomUUID() }),
    )
  ).Accelerator;
  const { AcceleratorArn } = made;
  const settled = async () => {
    const deadline = Date.now() + 90_000;
    for (;;) {
      const read = (await client.send(new ga.DescribeAcceleratorCommand({ AcceleratorArn }))).Accelerator;
      if (read.Status === "DEPLOYED") return read;
      assert.ok(Date.now() < deadline, "the accelerator stays IN_PROGRESS");
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };
  undo.push(async () => {
    await client.send(new ga.UpdateAcceleratorCommand({ AcceleratorArn, Enabled: false }));
    await settled();
    await client.send(new ga.DeleteAcceleratorCommand({ AcceleratorArn }));
  });
  const { ListenerArn } = (
    await client.send(
      new ga.CreateListenerCommand({
        AcceleratorArn,
        Protocol: "TCP",
        PortRanges: [{ FromPort: PORT, ToPort: PORT }],
        IdempotencyToken: randomUUID(),
      }),
    )
  ).Listener;
  undo.push(() => client.send(new ga.DeleteListenerCommand({ ListenerArn })));
  const { EndpointGroupArn } = (
    await client.send(
      new ga.CreateEndpointGroupCommand({
        ListenerArn,
        EndpointGroupRegion: HOME,
        EndpointConfigurations: [{ EndpointId, Weight: 128 }],
        TrafficDialPercentage: 100,
        IdempotencyToken: randomUUID(),
      }),
    )
  ).EndpointGroup;
  undo.push(() => client.send(new ga.DeleteEndpointGroupCommand({ EndpointGroupArn })));
  await fails(ga.EndpointGroupAlreadyExistsException, () =>
    client.send(
      new ga.CreateEndpointGroupCommand({
        ListenerArn, EndpointGroupRegion: HOME, IdempotencyToken: randomUUID(),
      }),
    ),
  );
  return (await settled()).IpSets[0].IpAddresses;
}

async function table() {
  const client = at(ddb.DynamoDBClient);
  const TableName = name;
  await client.send(
    new ddb.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "id", AttributeType: "S" },
        { AttributeName: "at", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "id", KeyType: "HASH" },
        { AttributeName: "at", KeyType: "RANGE" },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  await ddb.waitUntilTableExists(wait(client), { TableName });
  undo.push(() => ddb.waitUntilTableNotExists(wait(client), { TableName }));
  undo.push(() => client.send(new ddb.DeleteTableCommand({ TableName })));
  const documents = DynamoDBDocumentClient.from(client);
  const Item = { id: "a", at: 1, tags: new Set(["x", "y"]), picture: new Uint8Array([0, 255]), deep: [{ n: null }] };
  await documents.send(new PutCommand({ TableName, Item }));
  const read = (await documents.send(new GetCommand({ TableName, Key: { id: "a", at: 1 } }))).Item;
  assert.deepEqual(read.deep, Item.deep);
  assert.deepEqual([...read.tags].sort(), ["x", "y"]);
  assert.deepEqual([...read.picture], [0, 255]);
  const updated = await documents.send(
    new UpdateCommand({
      TableName,
      Key: { id: "a", at: 1 },
      UpdateExpression: "SET #n = if_not_exists(#n, :zero) + :one REMOVE picture",
      ExpressionAttributeNames: { "#n": "count" },
      ExpressionAttributeValues: { ":zero": 0, ":one": 1 },
      ReturnValues: "ALL_NEW",
    }),
  );
  assert.equal(updated.Attributes.count, 1);
  const lost = await fails(ddb.ConditionalCheckFailedException, () =>
    client.send(
      new ddb.PutItemCommand({
        TableName,
        Item: { id: { S: "a" }, at: { N: "1" } },
        ConditionExpression: "attribute_not_exists(id)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    ),
  );
  assert.equal(lost.Item.count.N, "1");
  const cancelled = await fails(ddb.TransactionCanceledException, () =>
    client.send(
      new ddb.TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: { id: { S: "b" }, at: { N: "1" } } } },
          {
            ConditionCheck: {
              TableName,
              Key: { id: { S: "a" }, at: { N: "1" } },
              ConditionExpression: "attribute_not_exists(id)",
            },
          },
        ],
      }),
    ),
  );
  assert.deepEqual(cancelled.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
  await fails(ddb.ResourceNotFoundException, () =>
    client.send(new ddb.GetItemCommand({ TableName: `${name}-none`, Key: { id: { S: "a" } } })),
  );
  await client.send(
    new ddb.BatchWriteItemCommand({
      RequestItems: {
        [TableName]: [...Array(25).keys()].map((n) => ({
          PutRequest: { Item: { id: { S: "many" }, at: { N: `${n}` } } },
        })),
      },
    }),
  );
  let found = 0;
  for await (const page of ddb.paginateQuery(
    { client, pageSize: 10 },
    {
      TableName,
      KeyConditionExpression: "id = :id and #at >= :from",
      ExpressionAttributeNames: { "#at": "at" },
      ExpressionAttributeValues: { ":id": { S: "many" }, ":from": { N: "5" } },
    },
  )) found += page.Items.length;
  assert.equal(found, 20);
  const stream = (await client.send(new ddb.DescribeTableCommand({ TableName }))).Table.LatestStreamArn;
  const reader = at(streams.DynamoDBStreamsClient);
  const { StreamDescription } = await reader.send(new streams.DescribeStreamCommand({ StreamArn: stream }));
  const { ShardIterator } = await reader.send(
    new streams.GetShardIteratorCommand({
      StreamArn: stream,
      ShardId: StreamDescription.Shards[0].ShardId,
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { Records } = await reader.send(new streams.GetRecordsCommand({ ShardIterator }));
  assert.ok(Records.length > 0 && Records[0].dynamodb.ApproximateCreationDateTime instanceof Date);
  const added = { TableName, ReplicaUpdates: [{ Create: { RegionName: OTHER } }] };
  await client.send(new ddb.UpdateTableCommand(added));
  const replica = at(ddb.DynamoDBClient, OTHER);
  await ddb.waitUntilTableExists(wait(replica), { TableName });
  await ddb.waitUntilTableExists(wait(client), { TableName });
  const deadline = Date.now() + 30_000;
  const Key = { id: { S: "a" }, at: { N: "1" } };
  while (!(await replica.send(new ddb.GetItemCommand({ TableName, Key }))).Item)
    assert.ok(Date.now() < deadline, "the item is not replicated");
  const removed = { TableName, ReplicaUpdates: [{ Delete: { RegionName: OTHER } }] };
  undo.push(() => ddb.waitUntilTableNotExists(wait(replica), { TableName }));
  undo.push(() => client.send(new ddb.UpdateTableCommand(removed)));
}

async function metrics() {
  const client = at(cw.CloudWatchClient);
  const Namespace = `Shop/${name}`;
  const Timestamp = new Date(Math.floor(Date.now() / 1000) * 1000);
  const datum = { MetricName: "Orders", Timestamp, Value: 1.5, Unit: "Count" };
  await client.send(new cw.PutMetricDataCommand({ Namespace, MetricData: Array(300).fill(datum) }));
  const window = { StartTime: new Date(Timestamp - 600_000), EndTime: new Date(+Timestamp + 600_000) };
  const { Datapoints } = await client.send(
    new cw.GetMetricStatisticsCommand({
      Namespace, MetricName: "Orders", Period: 3600, Statistics: ["Sum"], ...window,
    }),
  );
  assert.equal(Datapoints.reduce((sum, point) => sum + point.Sum, 0), 450);
  assert.ok(Datapoints[0].Timestamp instanceof Date);
  const data = await client.send(
    new cw.GetMetricDataCommand({
      ...window,
      MetricDataQueries: [
        { Id: "m", MetricStat: { Metric: { Namespace, MetricName: "Orders" }, Period: 3600, Stat: "Sum" } },
      ],
    }),
  );
  assert.equal(data.MetricDataResults[0].Values.reduce((a, b) => a + b, 0), 450);
  await client.send(
    new cw.PutMetricAlarmCommand({
      AlarmName: name,
      Namespace,
      MetricName: "Orders",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0.5,
      ComparisonOperator: "GreaterThanThreshold",
    }),
  );
  const { MetricAlarms } = await client.send(new cw.DescribeAlarmsCommand({ AlarmNames: [name] }));
  assert.equal(MetricAlarms[0].Threshold, 0.5);
  assert.ok(MetricAlarms[0].StateUpdatedTimestamp instanceof Date);
  await client.send(new cw.DeleteAlarmsCommand({ AlarmNames: [name] }));
  await fails(cw.ResourceNotFound, () =>
    client.send(new cw.SetAlarmStateCommand({ AlarmName: name, StateValue: "OK", StateReason: "x" })),
  );
}

async function others() {
  const groups = await at(logs.CloudWatchLogsClient).send(
    new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: `/aws/lambda/${name}` }),
  );
  assert.ok(Array.isArray(groups.logGroups));
  const tagged = await at(tagging.ResourceGroupsTaggingAPIClient).send(new tagging.GetResourcesCommand({}));
  assert.ok(Array.isArray(tagged.ResourceTagMappingList));
  const zones = at(route53.Route53Client);
  const { HostedZone } = await zones.send(
    new route53.CreateHostedZoneCommand({ Name: `${name}.example`, CallerReference: randomUUID() }),
  );
  undo.push(() => zones.send(new route53.DeleteHostedZoneCommand({ Id: HostedZone.Id })));
  const put = (Action, Name, Type, Value) =>
    zones.send(
      new route53.ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZone.Id,
        ChangeBatch: {
          Changes: [{ Action, ResourceRecordSet: { Name, Type, TTL: 60, ResourceRecords: [{ Value }] } }],
        },
      }),
    );
  const change = (Action) => put(Action, `www.${name}.example`, "A", "127.0.0.1");
  const certificates = at(acm.ACMClient);
  const { CertificateArn } = await certificates.send(
    new acm.RequestCertificateCommand({ DomainName: `www.${name}.example`, ValidationMethod: "DNS" }),
  );
  undo.push(() => certificates.send(new acm.DeleteCertificateCommand({ CertificateArn })));
  const { Certificate } = await certificates.send(new acm.DescribeCertificateCommand({ CertificateArn }));
  const proof = Certificate.DomainValidationOptions[0].ResourceRecord;
  await put("CREATE", proof.Name, "CNAME", proof.Value);
  undo.push(() => put("DELETE", proof.Name, "CNAME", proof.Value));
  await acm.waitUntilCertificateValidated(wait(certificates), { CertificateArn });
  const { ChangeInfo } = await change("CREATE");
  await route53.waitUntilResourceRecordSetsChanged(wait(zones), { Id: ChangeInfo.Id });
  await fails(route53.InvalidChangeBatch, () => change("CREATE"));
  await change("DELETE");
}

async function refusals() {
  const started = Date.now();
  const refused = await fails("NotImplemented", () =>
    at(sqs.SQSClient).send(new sqs.CreateQueueCommand({ QueueName: name })),
  );
  assert.match(refused.message, /docs\/services\.md/);
  await fails("NotImplemented", () =>
    at(lambda.LambdaClient).send(
      new lambda.CreateEventSourceMappingCommand({ FunctionName: name, EventSourceArn: "arn:aws:sqs:a:b:c" }),
    ),
  );
  assert.equal(refused.$metadata.attempts, 1);
  assert.ok(Date.now() - started < 5_000, "refusals were retried");
}

async function main() {
  await step("identity", async () => {
    const identity = await at(sts.STSClient).send(new sts.GetCallerIdentityCommand({}));
    assert.match(identity.Account, /^\d{12}$/);
  });
  try {
    const subnets = await step("network", network);
    const roleArn = await step("role", role);
    const functionArn = await step("function", () => deployFunction(roleArn));
    const balancer = await step("load balancer", () => loadBalancer(subnets, functionArn));
    const addresses = await step("accelerator", () => accelerator(balancer));
    await step("GET through the static IPs", async () => {
      for (const address of addresses) {
        assert.deepEqual(await get(address, "/x"), { status: 200, body: "hello from eu-central-1" });
        assert.deepEqual(await get(address, "/teapot"), { status: 418, body: "short" });
      }
    });
    await step("table", table);
    await step("metrics", metrics);
    await step("other services", others);
    await step("refusals", refusals);
  } finally {
    for (const work of undo.reverse()) await work();
    console.log("ok removal");
  }
}

await main();
