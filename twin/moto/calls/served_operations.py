"""The operations that control serves, by service. Any other operation is refused, and nothing else
happens: an operation that moto has by half would mislead its caller later.

docs/services.md is the same table for readers; a test keeps both equal. Operations that a Region's
process serves (DynamoDB's, and the invocation of functions) and Global Accelerator's are not here.
"""

_OPERATIONS = {
    "acm": """
        AddTagsToCertificate DeleteCertificate DescribeCertificate GetCertificate
        ImportCertificate ListCertificates ListTagsForCertificate RemoveTagsFromCertificate
        RenewCertificate RequestCertificate ResendValidationEmail UpdateCertificateOptions
    """,
    "apigateway": """
        CreateBasePathMapping CreateDeployment CreateDomainName CreateResource CreateRestApi
        CreateStage DeleteBasePathMapping DeleteDeployment DeleteDomainName DeleteGatewayResponse
        DeleteIntegration DeleteIntegrationResponse DeleteMethod DeleteMethodResponse DeleteResource
        DeleteRestApi DeleteStage GetAccount GetBasePathMapping GetBasePathMappings GetDeployment
        GetDeployments GetDomainName GetDomainNames GetGatewayResponse GetGatewayResponses
        GetIntegration GetIntegrationResponse GetMethod GetMethodResponse GetResource GetResources
        GetRestApi GetRestApis GetStage GetStages GetTags PutGatewayResponse PutIntegration
        PutIntegrationResponse PutMethod PutMethodResponse TagResource UntagResource UpdateAccount
        UpdateBasePathMapping UpdateDeployment UpdateDomainName UpdateGatewayResponse
        UpdateIntegration UpdateIntegrationResponse UpdateMethod UpdateMethodResponse UpdateResource
        UpdateRestApi UpdateStage
    """,
    "apigatewayv2": """
        CreateApi CreateApiMapping CreateDeployment CreateDomainName CreateIntegration CreateRoute
        CreateStage DeleteAccessLogSettings DeleteApi DeleteApiMapping DeleteCorsConfiguration
        DeleteDeployment DeleteDomainName DeleteIntegration DeleteRoute DeleteRouteSettings
        DeleteStage GetApi GetApiMapping GetApiMappings GetApis GetDeployment GetDeployments
        GetDomainName GetDomainNames GetIntegration GetIntegrations GetRoute GetRoutes GetStage
        GetStages GetTags TagResource UntagResource UpdateApi UpdateApiMapping UpdateDeployment
        UpdateDomainName UpdateIntegration UpdateRoute UpdateStage
    """,
    "ec2": """
        AllocateAddress AssociateRouteTable AssociateSubnetCidrBlock AssociateVpcCidrBlock
        AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress
        CreateInternetGateway CreateNetworkAcl CreateNetworkAclEntry CreateRoute CreateRouteTable
        CreateSecurityGroup CreateSubnet CreateTags CreateVpc CreateVpcEndpoint
        DeleteInternetGateway DeleteNetworkAcl DeleteNetworkAclEntry DeleteRoute DeleteRouteTable
        DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints
        DescribeAccountAttributes DescribeAddresses DescribeAddressesAttribute
        DescribeAvailabilityZones DescribeDhcpOptions DescribeInternetGateways
        DescribeManagedPrefixLists DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists
        DescribeRegions DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups
        DescribeSubnets DescribeTags DescribeVpcAttribute DescribeVpcClassicLink
        DescribeVpcClassicLinkDnsSupport DescribeVpcEndpoints DescribeVpcs DetachInternetGateway
        DisassociateRouteTable DisassociateSubnetCidrBlock DisassociateVpcCidrBlock
        GetManagedPrefixListEntries ModifySecurityGroupRules ModifySubnetAttribute
        ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceNetworkAclAssociation
        ReplaceNetworkAclEntry ReplaceRoute ReplaceRouteTableAssociation RevokeSecurityGroupEgress
        RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress
        UpdateSecurityGroupRuleDescriptionsIngress
    """,
    "elasticloadbalancing": """
        AddListenerCertificates AddTags CreateListener CreateLoadBalancer CreateRule
        CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup
        DeregisterTargets DescribeAccountLimits DescribeCapacityReservation
        DescribeListenerAttributes DescribeListenerCertificates DescribeListeners
        DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules DescribeSSLPolicies
        DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth
        ModifyListener ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyRule
        ModifyTargetGroup ModifyTargetGroupAttributes RegisterTargets RemoveListenerCertificates
        RemoveTags SetIpAddressType SetRulePriorities SetSecurityGroups SetSubnets
    """,
    "iam": """
        AddRoleToInstanceProfile AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy
        CreateAccessKey CreateGroup CreateInstanceProfile CreateLoginProfile CreatePolicy
        CreatePolicyVersion CreateRole CreateServiceLinkedRole CreateUser DeleteAccessKey
        DeleteGroup DeleteGroupPolicy DeleteInstanceProfile DeleteLoginProfile DeletePolicy
        DeletePolicyVersion DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy
        DeleteServiceLinkedRole DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy
        DetachGroupPolicy DetachRolePolicy DetachUserPolicy GetAccountSummary GetGroup
        GetGroupPolicy GetInstanceProfile GetLoginProfile GetPolicy GetPolicyVersion GetRole
        GetRolePolicy GetServiceLinkedRoleDeletionStatus GetUser GetUserPolicy ListAccessKeys
        ListAccountAliases ListAttachedGroupPolicies ListAttachedRolePolicies
        ListAttachedUserPolicies ListEntitiesForPolicy ListGroupPolicies ListGroups
        ListGroupsForUser ListInstanceProfiles ListInstanceProfilesForRole ListMFADevices
        ListPolicies ListPolicyTags ListPolicyVersions ListRolePolicies ListRoleTags ListRoles
        ListSSHPublicKeys ListServiceSpecificCredentials ListSigningCertificates ListUserPolicies
        ListUserTags ListUsers ListVirtualMFADevices PutGroupPolicy PutRolePermissionsBoundary
        PutRolePolicy PutUserPermissionsBoundary PutUserPolicy RemoveRoleFromInstanceProfile
        RemoveUserFromGroup SetDefaultPolicyVersion TagPolicy TagRole TagUser UntagPolicy UntagRole
        UntagUser UpdateAccessKey UpdateAssumeRolePolicy UpdateGroup UpdateLoginProfile UpdateRole
        UpdateRoleDescription UpdateUser
    """,
    "kms": """
        DescribeKey ListAliases
    """,
    "lambda": """
        AddPermission CreateAlias CreateFunction DeleteAlias DeleteFunction
        DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig GetAccountSettings GetAlias
        GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionConfiguration
        GetFunctionEventInvokeConfig GetPolicy ListAliases ListFunctionEventInvokeConfigs
        ListFunctions ListTags ListVersionsByFunction PublishVersion PutFunctionConcurrency
        PutFunctionEventInvokeConfig RemovePermission TagResource UntagResource UpdateAlias
        UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig
    """,
    "logs": """
        CreateLogGroup CreateLogStream DeleteLogGroup DeleteLogStream DeleteRetentionPolicy
        DescribeLogGroups DescribeLogStreams FilterLogEvents GetLogEvents ListTagsForResource
        ListTagsLogGroup PutLogEvents PutRetentionPolicy TagLogGroup TagResource UntagLogGroup
        UntagResource
    """,
    "monitoring": """
        DeleteAlarms DeleteDashboards DescribeAlarms DescribeAlarmsForMetric DisableAlarmActions
        EnableAlarmActions GetDashboard GetMetricData GetMetricStatistics ListDashboards
        ListMetrics ListTagsForResource PutCompositeAlarm PutDashboard PutMetricAlarm
        PutMetricData SetAlarmState TagResource UntagResource
    """,
    "route53": """
        ChangeCidrCollection ChangeResourceRecordSets ChangeTagsForResource CreateCidrCollection
        CreateHealthCheck CreateHostedZone CreateTrafficPolicy CreateTrafficPolicyInstance
        CreateTrafficPolicyVersion DeleteCidrCollection DeleteHealthCheck DeleteHostedZone
        DeleteTrafficPolicy DeleteTrafficPolicyInstance GetAccountLimit GetChange
        GetCheckerIpRanges GetDNSSEC GetGeoLocation GetHealthCheck GetHealthCheckCount
        GetHealthCheckLastFailureReason GetHealthCheckStatus GetHostedZone GetHostedZoneCount
        GetHostedZoneLimit GetTrafficPolicy GetTrafficPolicyInstance
        GetTrafficPolicyInstanceCount ListCidrBlocks ListCidrCollections ListCidrLocations
        ListGeoLocations ListHealthChecks ListHostedZones ListHostedZonesByName
        ListHostedZonesByVPC ListResourceRecordSets ListTagsForResource ListTagsForResources
        ListTrafficPolicies ListTrafficPolicyInstances ListTrafficPolicyInstancesByHostedZone
        ListTrafficPolicyInstancesByPolicy ListTrafficPolicyVersions TestDNSAnswer
        UpdateHealthCheck UpdateHostedZoneComment UpdateTrafficPolicyComment
        UpdateTrafficPolicyInstance
    """,
    "sts": """
        AssumeRole GetAccessKeyInfo GetCallerIdentity GetSessionToken
    """,
    "tagging": """
        GetResources GetTagKeys GetTagValues TagResources UntagResources
    """,
}

SERVED = {service: frozenset(names.split()) for service, names in _OPERATIONS.items()}
"""Service key (twin.moto.calls.request_parser) -> the names of its operations."""


def is_served(service: str | None, operation: str) -> bool:
    return operation in SERVED.get(service or "", frozenset())
