// One session of a user of the AWS SDK for Go v2: build the service, use it, read every kind of
// answer, take it down. Prints a line for each step; any surprise ends it.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	ga "github.com/aws/aws-sdk-go-v2/service/globalaccelerator"
	gatypes "github.com/aws/aws-sdk-go-v2/service/globalaccelerator/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

const (
	home  = "eu-central-1"
	other = "us-east-1"
	limit = time.Minute
	port  = 8080 // any user may listen there
)

var (
	ctx  = context.Background()
	name = fmt.Sprintf("go-%x", time.Now().UnixNano()&0xffffffff)
	undo []func() error
)

func main() {
	err := session()
	for i := len(undo) - 1; i >= 0; i-- {
		err = errors.Join(err, undo[i]())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ok removal")
}

func session() (err error) {
	defer func() {
		if surprise := recover(); surprise != nil {
			err = fmt.Errorf("%v", surprise)
		}
	}()
	cfg := must(config.LoadDefaultConfig(ctx, config.WithRegion(home)))
	identity := must(sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil))
	check(len(*identity.Account) == 12, "account %s", *identity.Account)
	done("identity")
	subnets := network(ec2.NewFromConfig(cfg))
	role := makeRole(iam.NewFromConfig(cfg))
	function := deployFunction(lambda.NewFromConfig(cfg), role)
	balancer := loadBalancer(cfg, subnets, function)
	west := cfg.Copy()
	west.Region = "us-west-2"
	for _, address := range accelerator(ga.NewFromConfig(west), balancer) {
		status, body := get(fmt.Sprintf("http://%s:%d/x", address, port))
		check(status == 200 && body == "hello from "+home, "%d %s", status, body)
		status, body = get(fmt.Sprintf("http://%s:%d/teapot", address, port))
		check(status == 418 && body == "short", "%d %s", status, body)
	}
	done("GET through the static IPs")
	table(cfg)
	metrics(cloudwatch.NewFromConfig(cfg))
	others(cfg)
	refusals(cfg)
	return nil
}

// Global Accelerator leaves its group in the VPC, which can't be deleted with it:
// https://www.pulumi.com/registry/packages/aws/api-docs/globalaccelerator/endpointgroup/
func deleteAcceleratorGroup(client *ec2.Client, vpc string) {
	found := must(client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{
		Filters: []ec2types.Filter{
			{Name: aws.String("vpc-id"), Values: []string{vpc}},
			{Name: aws.String("group-name"), Values: []string{"GlobalAccelerator"}},
		},
	}))
	for _, group := range found.SecurityGroups {
		must(client.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: group.GroupId}))
	}
}

func network(client *ec2.Client) []string {
	vpc := must(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.8.0.0/16")})).Vpc.VpcId
	later(func() error {
		deleteAcceleratorGroup(client, *vpc)
		_, e := client.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: vpc})
		return e
	})
	gateway := must(client.CreateInternetGateway(ctx, nil)).InternetGateway.InternetGatewayId
	must(client.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{VpcId: vpc, InternetGatewayId: gateway}))
	later(func() error {
		_, e := client.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: gateway})
		return e
	})
	later(func() error {
		_, e := client.DetachInternetGateway(ctx, &ec2.DetachInternetGatewayInput{VpcId: vpc, InternetGatewayId: gateway})
		return e
	})
	zones := must(client.DescribeAvailabilityZones(ctx, nil)).AvailabilityZones
	var subnets []string
	for i, zone := range zones[:2] {
		made := must(client.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: vpc, CidrBlock: aws.String(fmt.Sprintf("10.8.%d.0/24", i)), AvailabilityZone: zone.ZoneName,
		})).Subnet.SubnetId
		subnets = append(subnets, *made)
		later(func() error { _, e := client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: made}); return e })
	}
	waiter := ec2.NewVpcAvailableWaiter(client)
	must0(waiter.Wait(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{*vpc}}, limit))
	found := must(client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{
		Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{*vpc}}},
	}))
	check(len(found.Subnets) == 2, "%d subnets", len(found.Subnets))
	_, err := client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-0123456789abcdef0"}})
	failed(err, "InvalidVpcID.NotFound")
	done("network")
	return subnets
}

func makeRole(client *iam.Client) *string {
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	role := must(client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})).Role
	later(func() error { _, e := client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name}); return e })
	policy := aws.String("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
	must(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: policy}))
	later(func() error {
		_, e := client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: policy})
		return e
	})
	read := must(client.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})).Role
	check(must(url.QueryUnescape(*read.AssumeRolePolicyDocument)) == trust, "%s", *read.AssumeRolePolicyDocument)
	_, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(name + "-none")})
	var missing *iamtypes.NoSuchEntityException
	check(errors.As(err, &missing), "%v", err)
	done("role")
	return role.Arn
}

func deployFunction(client *lambda.Client, role *string) *string {
	zip := must(base64.StdEncoding.DecodeString(os.Getenv("FUNCTION_ZIP")))
	made := must(client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: &name, Role: role, Runtime: lambdatypes.RuntimePython312, Handler: aws.String("handler.handle"),
		Code:        &lambdatypes.FunctionCode{ZipFile: zip},
		Environment: &lambdatypes.Environment{Variables: map[string]string{"GREETING": "hello"}},
	}))
	later(func() error {
		_, e := client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &name})
		return e
	})
	must0(lambda.NewFunctionActiveV2Waiter(client).Wait(ctx, &lambda.GetFunctionInput{FunctionName: &name}, limit))
	answer := must(client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: []byte(`{}`), LogType: lambdatypes.LogTypeTail}))
	check(answer.StatusCode == 200 && answer.FunctionError == nil, "%+v", answer)
	check(strings.Contains(string(must(base64.StdEncoding.DecodeString(*answer.LogResult))), "REPORT RequestId"), "no log")
	_, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(name + "-none")})
	var missing *lambdatypes.ResourceNotFoundException
	check(errors.As(err, &missing), "%v", err)
	config := must(client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Timeout: aws.Int32(9)}))
	check(config.RevisionId != nil && *config.RevisionId != *made.RevisionId, "revision")
	must0(lambda.NewFunctionUpdatedV2Waiter(client).Wait(ctx, &lambda.GetFunctionInput{FunctionName: &name}, limit))
	done("function")
	return made.FunctionArn
}

func loadBalancer(cfg aws.Config, subnets []string, function *string) *string {
	client := elb.NewFromConfig(cfg)
	arn := must(client.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{Name: &name, Subnets: subnets})).LoadBalancers[0].LoadBalancerArn
	group := must(client.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{Name: &name, TargetType: elbtypes.TargetTypeEnumLambda})).TargetGroups[0].TargetGroupArn
	later(func() error {
		_, e := client.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: group})
		return e
	})
	both := &elb.DescribeLoadBalancersInput{LoadBalancerArns: []string{*arn}}
	later(func() error { return elb.NewLoadBalancersDeletedWaiter(client).Wait(ctx, both, limit) })
	later(func() error {
		_, e := client.DeleteLoadBalancer(ctx, &elb.DeleteLoadBalancerInput{LoadBalancerArn: arn})
		return e
	})
	must0(elb.NewLoadBalancerAvailableWaiter(client).Wait(ctx, both, limit))
	must(lambda.NewFromConfig(cfg).AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: &name, StatementId: aws.String("alb"), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("elasticloadbalancing.amazonaws.com"), SourceArn: group,
	}))
	must(client.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: group, Targets: []elbtypes.TargetDescription{{Id: function}}}))
	forward := []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: group}}
	listener := must(client.CreateListener(ctx, &elb.CreateListenerInput{
		LoadBalancerArn: arn, Port: aws.Int32(port), Protocol: elbtypes.ProtocolEnumHttp, DefaultActions: forward,
	})).Listeners[0].ListenerArn
	path := func(value string) []elbtypes.RuleCondition {
		return []elbtypes.RuleCondition{{Field: aws.String("path-pattern"), PathPatternConfig: &elbtypes.PathPatternConditionConfig{Values: []string{value}}}}
	}
	must(client.CreateRule(ctx, &elb.CreateRuleInput{ListenerArn: listener, Priority: aws.Int32(1), Conditions: path("/teapot"), Actions: []elbtypes.Action{{
		Type: elbtypes.ActionTypeEnumFixedResponse,
		FixedResponseConfig: &elbtypes.FixedResponseActionConfig{
			StatusCode: aws.String("418"), MessageBody: aws.String("short"), ContentType: aws.String("text/plain"),
		},
	}}}))
	_, err := client.CreateRule(ctx, &elb.CreateRuleInput{ListenerArn: listener, Priority: aws.Int32(1), Conditions: path("/x"), Actions: forward})
	var taken *elbtypes.PriorityInUseException
	check(errors.As(err, &taken), "%v", err)
	done("load balancer")
	return arn
}

func accelerator(client *ga.Client, endpoint *string) []string {
	arn := must(client.CreateAccelerator(ctx, &ga.CreateAcceleratorInput{Name: &name, IdempotencyToken: &name})).Accelerator.AcceleratorArn
	settled := func() *gatypes.Accelerator {
		for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(300 * time.Millisecond) {
			read := must(client.DescribeAccelerator(ctx, &ga.DescribeAcceleratorInput{AcceleratorArn: arn})).Accelerator
			if read.Status == gatypes.AcceleratorStatusDeployed {
				return read
			}
			check(time.Now().Before(deadline), "the accelerator stays IN_PROGRESS")
		}
	}
	later(func() error {
		must(client.UpdateAccelerator(ctx, &ga.UpdateAcceleratorInput{AcceleratorArn: arn, Enabled: aws.Bool(false)}))
		settled()
		_, e := client.DeleteAccelerator(ctx, &ga.DeleteAcceleratorInput{AcceleratorArn: arn})
		return e
	})
	listener := must(client.CreateListener(ctx, &ga.CreateListenerInput{
		AcceleratorArn: arn, Protocol: gatypes.ProtocolTcp, IdempotencyToken: &name,
		PortRanges: []gatypes.PortRange{{FromPort: aws.Int32(port), ToPort: aws.Int32(port)}},
	})).Listener.ListenerArn
	later(func() error {
		_, e := client.DeleteListener(ctx, &ga.DeleteListenerInput{ListenerArn: listener})
		return e
	})
	group := &ga.CreateEndpointGroupInput{
		ListenerArn: listener, EndpointGroupRegion: aws.String(home), IdempotencyToken: &name,
		EndpointConfigurations: []gatypes.EndpointConfiguration{{EndpointId: endpoint, Weight: aws.Int32(128)}},
	}
	made := must(client.CreateEndpointGroup(ctx, group)).EndpointGroup.EndpointGroupArn
	later(func() error {
		_, e := client.DeleteEndpointGroup(ctx, &ga.DeleteEndpointGroupInput{EndpointGroupArn: made})
		return e
	})
	group.IdempotencyToken = aws.String(name + "-2")
	_, err := client.CreateEndpointGroup(ctx, group)
	var exists *gatypes.EndpointGroupAlreadyExistsException
	check(errors.As(err, &exists), "%v", err)
	addresses := settled().IpSets[0].IpAddresses
	done("accelerator")
	return addresses
}

func table(cfg aws.Config) {
	client := dynamodb.NewFromConfig(cfg)
	S := func(text string) ddbtypes.AttributeValue { return &ddbtypes.AttributeValueMemberS{Value: text} }
	N := func(number string) ddbtypes.AttributeValue { return &ddbtypes.AttributeValueMemberN{Value: number} }
	must(client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: ddbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []ddbtypes.AttributeDefinition{
			{AttributeName: aws.String("id"), AttributeType: "S"}, {AttributeName: aws.String("at"), AttributeType: "N"}},
		KeySchema: []ddbtypes.KeySchemaElement{
			{AttributeName: aws.String("id"), KeyType: "HASH"}, {AttributeName: aws.String("at"), KeyType: "RANGE"}},
		StreamSpecification: &ddbtypes.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: "NEW_AND_OLD_IMAGES"},
	}))
	described := &dynamodb.DescribeTableInput{TableName: &name}
	must0(dynamodb.NewTableExistsWaiter(client).Wait(ctx, described, limit))
	later(func() error { return dynamodb.NewTableNotExistsWaiter(client).Wait(ctx, described, limit) })
	later(func() error { _, e := client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name}); return e })
	key := map[string]ddbtypes.AttributeValue{"id": S("a"), "at": N("1")}
	must(client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &name, Item: map[string]ddbtypes.AttributeValue{
		"id": S("a"), "at": N("1"), "picture": &ddbtypes.AttributeValueMemberB{Value: []byte{0, 255}}, "n": N("1e2")}}))
	read := must(client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &name, Key: key, ConsistentRead: aws.Bool(true)})).Item
	check(read["n"].(*ddbtypes.AttributeValueMemberN).Value == "100", "a number is not normalised: %v", read["n"])
	check(string(read["picture"].(*ddbtypes.AttributeValueMemberB).Value) == "\x00\xff", "binary")
	_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &name, Item: key,
		ConditionExpression: aws.String("attribute_not_exists(id)"), ReturnValuesOnConditionCheckFailure: "ALL_OLD"})
	var lost *ddbtypes.ConditionalCheckFailedException
	check(errors.As(err, &lost) && len(lost.Item) == 4, "%v", err)
	_, err = client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []ddbtypes.TransactWriteItem{
		{Put: &ddbtypes.Put{TableName: &name, Item: map[string]ddbtypes.AttributeValue{"id": S("b"), "at": N("1")}}},
		{ConditionCheck: &ddbtypes.ConditionCheck{TableName: &name, Key: key, ConditionExpression: aws.String("attribute_not_exists(id)")}},
	}})
	var cancelled *ddbtypes.TransactionCanceledException
	check(errors.As(err, &cancelled) && *cancelled.CancellationReasons[1].Code == "ConditionalCheckFailed", "%v", err)
	_, err = client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(name + "-none"), Key: key})
	var missing *ddbtypes.ResourceNotFoundException
	check(errors.As(err, &missing), "%v", err)
	pages := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{TableName: &name, KeyConditionExpression: aws.String("id = :id"),
		ExpressionAttributeValues: map[string]ddbtypes.AttributeValue{":id": S("a")}, Limit: aws.Int32(1)})
	count := 0
	for pages.HasMorePages() {
		count += len(must(pages.NextPage(ctx)).Items)
	}
	check(count == 1, "%d items", count)
	must(client.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &name, ReplicaUpdates: []ddbtypes.ReplicationGroupUpdate{
		{Create: &ddbtypes.CreateReplicationGroupMemberAction{RegionName: aws.String(other)}}}}))
	far := cfg.Copy()
	far.Region = other
	replica := dynamodb.NewFromConfig(far)
	must0(dynamodb.NewTableExistsWaiter(replica).Wait(ctx, described, limit))
	must0(dynamodb.NewTableExistsWaiter(client).Wait(ctx, described, limit))
	for deadline := time.Now().Add(30 * time.Second); len(must(replica.GetItem(ctx, &dynamodb.GetItemInput{TableName: &name, Key: key})).Item) == 0; {
		check(time.Now().Before(deadline), "the item is not replicated")
	}
	later(func() error { return dynamodb.NewTableNotExistsWaiter(replica).Wait(ctx, described, limit) })
	later(func() error {
		_, e := client.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &name, ReplicaUpdates: []ddbtypes.ReplicationGroupUpdate{
			{Delete: &ddbtypes.DeleteReplicationGroupMemberAction{RegionName: aws.String(other)}}}})
		return e
	})
	done("table")
}

func metrics(client *cloudwatch.Client) {
	now := time.Now().Truncate(time.Second)
	space := aws.String("Shop/" + name)
	data := make([]cwtypes.MetricDatum, 300)
	for i := range data {
		data[i] = cwtypes.MetricDatum{MetricName: aws.String("Orders"), Timestamp: &now, Value: aws.Float64(1.5)}
	}
	must(client.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: space, MetricData: data}))
	points := must(client.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: space, MetricName: aws.String("Orders"), Period: aws.Int32(3600), Statistics: []cwtypes.Statistic{"Sum"},
		StartTime: aws.Time(now.Add(-10 * time.Minute)), EndTime: aws.Time(now.Add(10 * time.Minute)),
	})).Datapoints
	sum := 0.0
	for _, point := range points {
		sum += *point.Sum
		check(!point.Timestamp.IsZero(), "a point without a time")
	}
	check(sum == 450, "sum %f", sum)
	must(client.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{AlarmName: &name, Namespace: space, MetricName: aws.String("Orders"),
		Statistic: "Sum", Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(0.5), ComparisonOperator: "GreaterThanThreshold"}))
	alarm := must(client.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})).MetricAlarms[0]
	check(*alarm.Threshold == 0.5 && alarm.StateUpdatedTimestamp != nil, "%+v", alarm)
	must(client.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{name}}))
	_, err := client.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: &name, StateValue: "OK", StateReason: &name})
	var missing *cwtypes.ResourceNotFound
	check(errors.As(err, &missing), "%v", err)
	done("metrics")
}

func others(cfg aws.Config) {
	must(cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, nil))
	must(tagging.NewFromConfig(cfg).GetResources(ctx, nil))
	zones := route53.NewFromConfig(cfg)
	zone := must(zones.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String(name + ".example"), CallerReference: &name})).HostedZone.Id
	later(func() error { _, e := zones.DeleteHostedZone(ctx, &route53.DeleteHostedZoneInput{Id: zone}); return e })
	put := func(action r53types.ChangeAction, name string, kind r53types.RRType, value string) (*route53.ChangeResourceRecordSetsOutput, error) {
		return zones.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: zone, ChangeBatch: &r53types.ChangeBatch{
			Changes: []r53types.Change{{Action: action, ResourceRecordSet: &r53types.ResourceRecordSet{
				Name: &name, Type: kind, TTL: aws.Int64(60),
				ResourceRecords: []r53types.ResourceRecord{{Value: &value}},
			}}}}})
	}
	change := func(action r53types.ChangeAction) (*route53.ChangeResourceRecordSetsOutput, error) {
		return put(action, "www."+name+".example", "A", "127.0.0.1")
	}
	certificates := acm.NewFromConfig(cfg)
	arn := must(certificates.RequestCertificate(ctx, &acm.RequestCertificateInput{
		DomainName: aws.String("www." + name + ".example"), ValidationMethod: "DNS"})).CertificateArn
	later(func() error {
		_, e := certificates.DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: arn})
		return e
	})
	proof := must(certificates.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: arn})).Certificate.DomainValidationOptions[0].ResourceRecord
	must(put("CREATE", *proof.Name, "CNAME", *proof.Value))
	later(func() error { _, e := put("DELETE", *proof.Name, "CNAME", *proof.Value); return e })
	soon := func(o *acm.CertificateValidatedWaiterOptions) { o.MinDelay = time.Second } // else a minute
	must0(acm.NewCertificateValidatedWaiter(certificates, soon).Wait(ctx, &acm.DescribeCertificateInput{CertificateArn: arn}, limit))
	made := must(change("CREATE")).ChangeInfo.Id
	must0(route53.NewResourceRecordSetsChangedWaiter(zones).Wait(ctx, &route53.GetChangeInput{Id: made}, limit))
	_, err := change("CREATE")
	var invalid *r53types.InvalidChangeBatch
	check(errors.As(err, &invalid), "%v", err)
	must(change("DELETE"))
	done("other services")
}

func refusals(cfg aws.Config) {
	started := time.Now()
	_, err := sqs.NewFromConfig(cfg).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
	failed(err, "NotImplemented")
	check(strings.Contains(err.Error(), "docs/services.md"), "%v", err)
	_, err = lambda.NewFromConfig(cfg).CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{FunctionName: &name})
	failed(err, "NotImplemented")
	check(time.Since(started) < 5*time.Second, "refusals were retried")
	done("refusals")
}

func get(address string) (int, string) {
	response := must(http.Get(address))
	defer response.Body.Close()
	return response.StatusCode, string(must(io.ReadAll(response.Body)))
}

func later(work func() error) { undo = append(undo, work) }

func done(step string) { fmt.Println("ok", step) }

func must[T any](value T, err error) T {
	must0(err)
	return value
}

func must0(err error) {
	if err != nil {
		panic(err)
	}
}

func check(ok bool, format string, values ...any) {
	if !ok {
		panic(fmt.Sprintf(format, values...))
	}
}

func failed(err error, code string) {
	var failure smithy.APIError
	if !errors.As(err, &failure) || failure.ErrorCode() != code {
		told, _ := json.Marshal(code)
		panic(fmt.Sprintf("not %s: %v", told, err))
	}
}
